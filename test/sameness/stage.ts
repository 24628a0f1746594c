import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bearsHttp2 } from '../../src/agent/http2/http2-streams.ts';
import type { FleetEvent } from '../../src/running/events.ts';
import { makeCertificate, tlsArgs } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, startRadiant, type RunningApp } from '../support/radiant.ts';
import { Scrape } from '../support/scrape.ts';
import { Observer } from './observer.ts';
import { Streams } from './stream.ts';

const script = fileURLToPath(new URL('app.cjs', import.meta.url));

/** Who runs the app: nobody, or Radiant in one of three settings. */
export type Stand = 'bare' | 'plain' | 'secure' | 'proxied';

interface Worker {
  slot: number;
  pid: number;
  socketPath: string;
}

/** The app on one Node, bare and under Radiant in all settings that the ways need. */
export class Stage {
  readonly observer: Observer;
  readonly barePort: number;
  readonly streams: Streams;
  /** Radiant speaks HTTP/2 for apps on this Node. */
  readonly http2: boolean;
  readonly redirectPort: number;
  readonly #bare: ChildProcess;
  readonly #apps: Record<Exclude<Stand, 'bare'>, RunningApp>;
  readonly #workers = new Map<Stand, Worker[]>();
  /** Ends of workers that nobody has asked for. */
  readonly lost: Record<Exclude<Stand, 'bare'>, string[]> = { plain: [], secure: [], proxied: [] };

  private constructor(
    observer: Observer,
    bare: ChildProcess,
    ports: [bare: number, redirect: number],
    apps: RunningApp[],
    http2: boolean,
  ) {
    this.observer = observer;
    this.#bare = bare;
    [this.barePort, this.redirectPort] = ports;
    const [plain, secure, proxied] = apps;
    this.http2 = http2;
    this.#apps = { plain: plain!, secure: secure!, proxied: proxied! };
    this.streams = new Streams(secure!.port);
  }

  /** `folder` is for its certificate and its socket. */
  static async open(
    { path: node, version }: { path: string; version: string },
    folder: string,
  ): Promise<Stage> {
    const observer = await Observer.listen(join(folder, 'observer.sock'));
    const pair = makeCertificate(folder, 'same', '127.0.0.1', 'localhost');
    const [barePort, redirectPort] = [await freePort(), await freePort()];
    const environment = (stand: Stand) => ({ SAMENESS_CONTROL: observer.path, SAMENESS_STAND: stand });
    const bare = spawn(node, [script], {
      env: { ...process.env, ...environment('bare'), PORT: String(barePort), SAMENESS_HOST: '127.0.0.1' },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const settings: [Stand, string[]][] = [
      ['plain', []],
      ['secure', [...tlsArgs(pair), '--http2', '--redirect', `127.0.0.1:${redirectPort}`]],
      ['proxied', ['--proxies', '1']],
    ];
    const starts = await Promise.allSettled(
      settings.map(([stand, args]) =>
        startRadiant({
          app: script,
          args: ['--node', node, '--no-static', ...args],
          env: environment(stand),
        }),
      ),
    );
    const apps = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    const failed = starts.find((start) => start.status === 'rejected');
    if (failed !== undefined) {
      bare.kill('SIGKILL');
      observer.close();
      await Promise.all(apps.map((app) => app.stop()));
      throw failed.reason;
    }
    const stage = new Stage(observer, bare, [barePort, redirectPort], apps, bearsHttp2(version));
    await observer.present('bare', 1);
    await Promise.all(Object.keys(stage.#apps).map((stand) => stage.#meet(stand as Exclude<Stand, 'bare'>)));
    return stage;
  }

  async close(): Promise<void> {
    this.streams.close();
    this.#bare.kill('SIGKILL');
    await Promise.all([once(this.#bare, 'exit'), ...Object.values(this.#apps).map((app) => app.stop())]);
    this.observer.close();
  }

  port(stand: Stand): number {
    return stand === 'bare' ? this.barePort : this.#apps[stand].port;
  }

  /** Rejects when, by Radiant's own counts, too few of the exchanges took one of the ways. */
  async tookAllWays(exchanges: number): Promise<void> {
    const kinds: [Exclude<Stand, 'bare'>, string][] = [
      ['plain', 'kept'],
      ['plain', 'moved'],
      ['plain', 'forwarded'],
      ['secure', 'forwarded'],
      ['proxied', 'forwarded'],
    ];
    for (const [stand, kind] of kinds) {
      // oxlint-disable-next-line no-await-in-loop -- few
      await eventually(`requests that were ${kind}`, async () => {
        const scrape = await Scrape.of(this.#apps[stand]);
        return scrape.sum('radiant_http_requests_total', { kind }) > exchanges / 50;
      });
    }
  }

  /** Resolves when a worker of a stand has died, and both serve again. */
  async recovered(stand: Exclude<Stand, 'bare'>, lost: number): Promise<void> {
    await eventually(`a worker of ${stand} dies`, () => this.lost[stand].length > lost);
    await eventually(`both workers of ${stand} serve`, async () => {
      const { workers } = await this.#apps[stand].status();
      const present = this.observer.processes(stand);
      const serve = workers.every(({ pid, state }) => state === 'ready' && present.includes(pid!));
      return serve && workers.length === 2;
    });
    await this.#know(stand);
  }

  workers(stand: Stand): readonly Worker[] {
    return this.#workers.get(stand) ?? [];
  }

  slotOf(stand: Stand, pid: number): number {
    return this.workers(stand).find((worker) => worker.pid === pid)?.slot ?? 0;
  }

  async #meet(stand: Exclude<Stand, 'bare'>): Promise<void> {
    await this.observer.present(stand, 2);
    await this.#know(stand);
    await this.#apps[stand].control.events((event: FleetEvent) => {
      if (event.type === 'exit' && !event.expected)
        this.lost[stand].push(`${stand}: slot ${event.slot} ${event.reason}`);
    });
  }

  async #know(stand: Exclude<Stand, 'bare'>): Promise<void> {
    const { workers } = await this.#apps[stand].status();
    this.#workers.set(
      stand,
      workers.map(({ slot, pid, socketPath }) => ({ slot, pid: pid!, socketPath })),
    );
  }
}

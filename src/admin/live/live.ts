import type { ServerResponse } from 'node:http';
import { epochMs } from '../../common/dates.ts';
import type { RunFolder } from '../../disk/run-folder.ts';
import type { Fleet } from '../../running/operations.ts';
import { Observer } from './observer.ts';
import { Rates } from '../../control/rates.ts';
import type { LiveEvents, LogLine, Snapshot, Tick } from './wire.ts';

const tickMs = 1_000;
/** Releases lie on disk, and other commands write them: they are looked at every so many ticks. */
const ticksPerReleases = 5;
const logMs = 200;
/** What waits for a reader that has stopped reading. It is cut off beyond that, and gets everything anew. */
const maxBuffered = 4 << 20;
const maxReaders = 50;

const lineOf = <E extends keyof LiveEvents>(event: E, data: LiveEvents[E]): string =>
  `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/**
 * Streams of server-sent events: first everything, then what is new, each second while somebody reads.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export class Live {
  readonly #fleet: Fleet;
  readonly #actions: readonly string[];
  #observer!: Observer;
  readonly #readers = new Set<ServerResponse>();
  #rates = new Rates();
  #lines: LogLine[] = [];
  #releases = '';
  #ticks = 0;
  #timers: NodeJS.Timeout[] = [];

  private constructor(fleet: Fleet, actions: readonly string[]) {
    this.#fleet = fleet;
    this.#actions = actions;
  }

  static async begin(fleet: Fleet, run: RunFolder, actions: readonly string[]): Promise<Live> {
    const live = new Live(fleet, actions);
    live.#observer = await Observer.begin(fleet, run, (event, data) => live.#heard(event, data));
    return live;
  }

  get full(): boolean {
    return this.#readers.size >= maxReaders;
  }

  /** Writes to `response` until it closes, or for `lastsMs`: the reader comes again then. */
  async attach(response: ServerResponse, lastsMs: number): Promise<void> {
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'x-accel-buffering': 'no',
    });
    response.flushHeaders();
    const releases = await this.#observer.releases();
    if (response.closed) return;
    // From here on in one go: what is told after the snapshot is not in it, and nothing is told twice.
    this.#sendLog();
    const actions = [...this.#actions];
    const snapshot = { ...this.#observer.remembered(), ...this.#tick(), releases, actions };
    response.write(`retry: 1000\n${lineOf('snapshot', snapshot satisfies Snapshot)}`);
    this.#readers.add(response);
    if (this.#readers.size === 1) this.#start();
    const end = setTimeout(() => response.end(), Math.max(0, lastsMs)).unref();
    response.on('close', () => {
      clearTimeout(end);
      this.#readers.delete(response);
      if (this.#readers.size === 0) this.#stop();
    });
  }

  close(): void {
    this.#observer.close();
    for (const response of this.#readers) response.end();
    this.#stop();
  }

  #heard<E extends keyof LiveEvents>(event: E, data: LiveEvents[E]): void {
    if (this.#readers.size === 0) return;
    if (event === 'log') this.#lines.push(...(data as LogLine[]));
    else this.#send(event, data);
  }

  #send<E extends keyof LiveEvents>(event: E, data: LiveEvents[E]): void {
    const text = lineOf(event, data);
    for (const response of this.#readers) {
      if (response.writableLength > maxBuffered) response.destroy();
      else response.write(text);
    }
  }

  #start(): void {
    this.#timers = [setInterval(() => this.#look(), tickMs), setInterval(() => this.#sendLog(), logMs)];
  }

  #stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#lines = [];
    this.#rates = new Rates();
  }

  #tick(): Tick {
    const status = this.#fleet.status();
    const wanted = status.scaling.wanted;
    const rates = Object.fromEntries(this.#rates.look(status.workers, performance.now()));
    return { at: epochMs(), status, wanted, rates };
  }

  #look(): void {
    this.#send('tick', this.#tick());
    this.#ticks += 1;
    if (this.#ticks % ticksPerReleases === 0) void this.#lookAtReleases();
  }

  async #lookAtReleases(): Promise<void> {
    const releases = await this.#observer.releases();
    const text = JSON.stringify(releases);
    if (text === this.#releases) return;
    this.#releases = text;
    this.#send('releases', releases);
  }

  #sendLog(): void {
    if (this.#lines.length > 0) this.#send('log', this.#lines.splice(0));
  }
}

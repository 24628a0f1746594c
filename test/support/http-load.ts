import http from 'node:http';
import https from 'node:https';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { full } from './full-size.ts';

export interface Failure {
  error: string;
  /** Milliseconds since the epoch. */
  time: number;
  /** The worker that had answered before on the same connection; undefined on a new one. */
  pid?: number | undefined;
}

interface Client {
  agent: http.Agent;
  headers: Record<string, string>;
  keepAlive: boolean;
  /** The worker that answered last on the connection that is open now. */
  pid?: number | undefined;
  busy: boolean;
}

const newClient = (
  keepAlive: boolean,
  { Agent }: typeof http | typeof https,
  headers: Record<string, string>,
): Client => ({
  agent: new Agent({ keepAlive, maxSockets: 1 }),
  headers: { accept: 'application/json', ...headers },
  keepAlive,
  busy: false,
});

/** For so many milliseconds. Also hears what came while this process stood still: its idle connections may have ended, as they do after some seconds. */
export async function pause(ms: number): Promise<void> {
  await setTimeout(ms);
  await setImmediate();
}

/** Requests from several clients at once, each with a connection of its own. */
export class HttpLoad {
  readonly failures: Failure[] = [];
  readonly durations: number[] = [];
  readonly pids = new Map<number, number>();
  requests = 0;
  readonly #clients: Client[];
  readonly #url: string;
  readonly #protocol: typeof http | typeof https;
  readonly #pauseMs: number;
  readonly #loops: Promise<void>[];
  #running = true;

  /**
   * `keepAlive` clients use one connection for all of their requests, `fresh` ones a new one for each. `pauseMs`
   * between the requests of one client keeps the rate within what a shared machine bears beside other tests. `headers`
   * are those that a client sends besides the usual ones, by its number.
   */
  constructor(
    url: string,
    counts: { keepAlive: number; fresh: number },
    pauseMs = full ? 20 : 100,
    headers: (client: number) => Record<string, string> = () => ({}),
  ) {
    this.#url = url;
    this.#protocol = url.startsWith('https:') ? https : http;
    this.#pauseMs = pauseMs;
    this.#clients = [
      ...Array.from({ length: counts.keepAlive }, (_, i) => newClient(true, this.#protocol, headers(i))),
      ...Array.from({ length: counts.fresh }, (_, i) =>
        newClient(false, this.#protocol, headers(counts.keepAlive + i)),
      ),
    ];
    this.#loops = this.#clients.map((each) => this.#loop(each));
  }

  /** How many clients have a connection that `pid` may hold: it answered last, or nobody has answered on it yet. */
  heldBy(pid: number): number {
    return this.#clients.filter((client) => client.pid === pid || (client.busy && client.pid === undefined))
      .length;
  }

  /** Ends after the requests that are under way. */
  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#loops);
    for (const { agent } of this.#clients) agent.destroy();
  }

  async #loop(client: Client): Promise<void> {
    while (this.#running) {
      const started = performance.now();
      client.busy = true;
      // oxlint-disable-next-line no-await-in-loop -- one request after the other
      await this.#ask(client);
      client.busy = false;
      this.durations.push(performance.now() - started);
      this.requests += 1;
      // oxlint-disable-next-line no-await-in-loop
      await pause(this.#pauseMs);
    }
  }

  #ask(client: Client): Promise<void> {
    return new Promise((resolve) => {
      const { agent, headers } = client;
      const request = this.#protocol.get(this.#url, { agent, headers }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => (body += text));
        response.on('error', fail);
        response.on('end', () => {
          if (!response.complete) return;
          if (response.statusCode === 200) this.#answered(client, body, response);
          else fail(new Error(`status ${response.statusCode}`));
          resolve();
        });
      });
      const fail = (error: NodeJS.ErrnoException): void => {
        this.failures.push({ error: error.code ?? error.message, time: Date.now(), pid: client.pid });
        client.pid = undefined;
        resolve();
      };
      request.on('error', fail);
    });
  }

  #answered(client: Client, body: string, response: http.IncomingMessage): void {
    const { pid } = JSON.parse(body) as { pid: number };
    this.pids.set(pid, (this.pids.get(pid) ?? 0) + 1);
    client.pid = client.keepAlive && response.headers.connection !== 'close' ? pid : undefined;
  }
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

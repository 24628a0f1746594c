import { setTimeout as wait } from 'node:timers/promises';
import { connect, type ConnectOptions, type DdpClient } from './ddp-client.ts';

/** What a Meteor client waits before its first two tries to connect again. */
const retryMs = 10;
/** The documents of the publication `burst`. */
const documents = 30;

/**
 * A user whose page never stops: calls methods all the time, connects again as Meteor's client does when it lost its
 * connection, and sends again the method that it has no result of.
 */
export class MeteorUser {
  /** When it connected again, in milliseconds since the epoch. */
  readonly reconnects: number[] = [];
  readonly problems: string[] = [];
  calls = 0;
  /** Connections that broke without a word of the server: how, when and why. */
  readonly breaks: string[] = [];
  /** What it waits for, for a look at one that hangs. */
  doing = '';
  readonly #url: string;
  readonly #options: ConnectOptions;
  readonly #name: string;
  readonly #thinkMs: number;
  readonly #ended: Promise<void>;
  readonly #started = Promise.withResolvers<void>();
  #running = true;

  get transport(): string {
    return this.#options.transport ?? 'raw';
  }

  /** `thinkMs` lie between a result and the next call. */
  constructor(url: string, name: string, thinkMs: number, options: ConnectOptions) {
    this.#url = url;
    this.#name = name;
    this.#thinkMs = thinkMs;
    this.#options = options;
    this.#ended = this.#live();
  }

  /** Resolves when it has connected for the first time and has all documents. */
  get started(): Promise<void> {
    return this.#started.promise;
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#ended;
  }

  async #live(): Promise<void> {
    for (let first = true; this.#running; first = false) {
      // oxlint-disable-next-line no-await-in-loop -- one connection after the other
      await this.#connection(first);
      // oxlint-disable-next-line no-await-in-loop
      if (this.#running) await wait(retryMs);
    }
  }

  async #connection(first: boolean): Promise<void> {
    let client: DdpClient;
    this.doing = 'connecting';
    try {
      client = await connect(this.#url, this.#options);
    } catch (error) {
      this.problems.push(`could not connect: ${String(error)}`);
      return;
    }
    if (!first) this.reconnects.push(Date.now());
    this.doing = 'subscribing';
    try {
      const { documents: found } = await client.subscribe('burst', documents);
      const size = found.get('burst')?.size ?? 0;
      if (size !== documents) this.problems.push(`${size} of ${documents} documents`);
      this.#started.resolve();
      await this.#work(client);
      this.doing = 'closing';
      await client.close();
    } catch (error) {
      this.doing = 'being closed';
      if (!(error as Error).message.startsWith('connection closed')) this.problems.push(String(error));
      // What WebSocket and SockJS clients say when a connection ends without its closing.
      const { code, reason } = await client.closed;
      if (code !== 1006) return;
      const cookies = this.#options.cookies === false ? 'without cookies' : 'with cookies';
      this.breaks.push(`${this.transport} ${cookies} at ${new Date().toISOString()}: ${reason}`);
    }
  }

  async #work(client: DdpClient): Promise<void> {
    while (this.#running) {
      this.doing = `calling ${this.calls}`;
      const key = `${this.#name} ${this.calls}`;
      // oxlint-disable-next-line no-await-in-loop -- one method after the other
      if (this.calls % 2 === 0) await client.call('increment', key);
      // oxlint-disable-next-line no-await-in-loop
      else await client.call('incrementSlowly', key, 40);
      this.calls += 1;
      // oxlint-disable-next-line no-await-in-loop -- a user thinks
      await wait(this.#thinkMs);
    }
  }
}

/** The largest number of times within any second. */
export function mostInASecond(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  let most = 0;
  for (let from = 0, to = 0; to < sorted.length; to += 1) {
    while (sorted[to]! - sorted[from]! >= 1000) from += 1;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

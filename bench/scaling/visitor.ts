import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { CookieJar, visit } from '../../test/support/cookie-jar.ts';
import { connect, type DdpClient, type Transport } from '../../test/support/ddp-client.ts';
import type { Tally } from './tally.ts';

/** What one visitor does: six thousandths of an event loop, and what it takes to have that done. */
export const habits = {
  callEveryMs: 2_000,
  requestEveryMs: 1_000,
  /** For how long each method call and each request keeps an event loop busy. */
  workMs: 4,
};

/** Of the subscription: all of them must be there again after a move. */
const documents = 30;
/** What Meteor's client waits before it connects again. */
const retryMs = 10;
/** The code of a close in order: the app's server, or Radiant, told the client to come again. */
const inOrder = 1000;

/** Anything from half to one and a half of it: visitors keep no step. */
const about = (ms: number): number => ms * (0.5 + Math.random());

/** A method call on its way, until its last result is there. */
interface Call {
  key: string;
  since: number;
}

/**
 * A browser with the app's page open: a DDP session with a subscription, whose calls come one after the other, and
 * requests beside it, at a pace of their own. It connects again when it is told to, and calls again what it has no
 * result of, as Meteor's client does.
 */
export class Visitor {
  readonly #url: string;
  readonly #name: string;
  readonly #transport: Transport;
  readonly #tally: Tally;
  readonly #jar = new CookieJar();
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 6 });
  readonly #gone = new AbortController();
  readonly #ended: Promise<unknown>;
  #calls = 0;
  #call: Call | undefined;

  constructor(url: string, name: string, transport: Transport, tally: Tally) {
    this.#url = url;
    this.#name = name;
    this.#transport = transport;
    this.#tally = tally;
    this.#ended = this.#live();
  }

  /** Closes the page; resolves when nothing of it is under way. */
  async leave(): Promise<void> {
    this.#gone.abort();
    await this.#ended;
    this.#agent.destroy();
  }

  get #here(): boolean {
    return !this.#gone.signal.aborted;
  }

  async #live(): Promise<void> {
    await visit(`${this.#url}/`, this.#jar, this.#agent).catch((error: unknown) =>
      this.#tally.failed(`page: ${String(error)}`),
    );
    await Promise.all([this.#browse(), this.#talk()]);
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#gone.signal }).catch(() => {});
  }

  async #browse(): Promise<void> {
    const underWay = new Set<Promise<void>>();
    while (this.#here) {
      const request = this.#request().finally(() => underWay.delete(request));
      underWay.add(request);
      // oxlint-disable-next-line no-await-in-loop -- at a pace
      await this.#pause(about(habits.requestEveryMs));
    }
    await Promise.all(underWay);
  }

  async #request(): Promise<void> {
    const since = performance.now();
    try {
      await visit(`${this.#url}/api/block?ms=${habits.workMs}`, this.#jar, this.#agent);
      this.#tally.request(performance.now() - since);
    } catch (error) {
      this.#tally.failed(`request: ${String(error)}`);
    }
  }

  async #talk(): Promise<void> {
    const options = { transport: this.#transport, cookies: this.#jar };
    while (this.#here) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one connection after the other
        await this.#use(await connect(this.#url, options));
      } catch (error) {
        this.#tally.dropped += 1;
        this.#tally.failed(`session: ${String(error)}`);
      }
      // oxlint-disable-next-line no-await-in-loop
      await this.#pause(retryMs);
    }
  }

  async #use(client: DdpClient): Promise<void> {
    this.#tally.open += 1;
    try {
      const { documents: found } = await client.subscribe('burst', documents);
      const size = found.get('burst')?.size ?? 0;
      if (size !== documents) this.#tally.failed(`${size} of ${documents} documents`);
      // oxlint-disable-next-line no-await-in-loop -- one call after the other
      while (this.#here) await this.#callOnce(client);
    } catch (error) {
      if (!String(error).includes('connection closed')) this.#tally.failed(`session: ${String(error)}`);
    }
    const { code, reason } = await (this.#here ? client.closed : client.close());
    this.#tally.open -= 1;
    if (!this.#here) return;
    if (code !== inOrder) throw new Error(`closed with ${code} ${reason}`);
    this.#tally.moved += 1;
  }

  async #callOnce(client: DdpClient): Promise<void> {
    if (this.#call === undefined) {
      await this.#pause(about(habits.callEveryMs));
      if (!this.#here) return;
      this.#call = { key: `${this.#name} ${this.#calls++}`, since: performance.now() };
    }
    const call = this.#call;
    if (!this.#tally.counted.has(call.key)) {
      await client.call('increment', call.key);
      this.#tally.counted.add(call.key);
    }
    await client.call('block', habits.workMs);
    this.#tally.call(performance.now() - call.since);
    this.#call = undefined;
  }
}

import assert from 'node:assert/strict';
import type { ConnectOptions } from './ddp-client.ts';
import { eventually } from './eventually.ts';
import { repeats } from './journal.ts';
import type { RunningApp } from './radiant.ts';
import { assertUpToDate, SteadyClient } from './steady-client.ts';

export interface CrowdPlace {
  app: RunningApp;
  /** Where clients come to: a proxy's address, where one stands in front. */
  url: string;
  /** The app's EXAMPLE_JOURNAL. */
  journal: string;
}

/** Users of the example app who work all the time, each connected in a way of its own, while operations go on. */
export class SteadyCrowd {
  readonly #place: CrowdPlace;
  readonly #clients: readonly SteadyClient[];

  private constructor(place: CrowdPlace, clients: readonly SteadyClient[]) {
    this.#place = place;
    this.#clients = clients;
  }

  static async open(place: CrowdPlace, ways: Record<string, ConnectOptions>): Promise<SteadyCrowd> {
    const opened = Object.entries(ways).map(([name, way]) => SteadyClient.open(place.url, name, way));
    return new SteadyCrowd(place, await Promise.all(opened));
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map(({ client }) => client.close()));
  }

  /** Resolves when all are served by workers that are there after the operation, with a line that says how long they waited. */
  async during(what: string, operation: Promise<unknown>): Promise<string> {
    await operation;
    const pids = (await this.#place.app.status()).workers.map(({ pid }) => pid);
    await eventually(`after ${what} all are served by workers that live`, () => {
      for (const { name, closed, failure } of this.#clients) {
        if (closed !== undefined || failure !== undefined)
          throw new Error(`${name} after ${what}: ${failure} ${JSON.stringify(closed)}`);
      }
      return this.#clients.every(({ pid }) => pids.includes(pid!));
    });
    const longest = Math.max(...this.#clients.map(({ longestMs }) => longestMs));
    for (const client of this.#clients) client.longestMs = 0;
    return `${what}: longest call ${Math.round(longest)} ms`;
  }

  /** All went on without a word: what was called ran once, what a client has is what there is. */
  async assertUnnoticed(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.rest()));
    for (const { name, account, failure, closed } of this.#clients) {
      assert.deepEqual([failure, closed], [undefined, undefined], name);
      assert.deepEqual(account.problems, [], name);
      const own = new RegExp(`^(?:added|removed) notes.*/${name} \\d+$`);
      const foreign = account.news.filter((text) => !own.test(text));
      assert.deepEqual(foreign, [], `${name}: nothing came but what it has written itself`);
    }
    assert.equal((await repeats(this.#place.journal)).twice, 0, 'no method ran twice');
    for (const client of this.#clients) {
      assert.ok(client.counted > 0, `${client.name} has worked`);
      const { count } = client.client.collections.get('notes')!.get(client.name)!;
      assert.equal(count, client.counted, client.name);
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await assertUpToDate(this.#place.url, client);
    }
  }
}

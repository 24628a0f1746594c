import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { DdpAccount } from './ddp-account.ts';
import { connect, type Closed, type ConnectOptions, type DdpClient, type DdpDocument } from './ddp-client.ts';

/** What a user of the example app has open: documents that change, some of them by the strategies that keep less. */
const subscriptions = (list: string): [name: string, ...params: unknown[]][] => [
  ['notes', list],
  ['notesBy', 'NO_MERGE', list],
  ['notesBy', 'NO_MERGE_MULTI', list],
  ['burst', 20],
  ['counter'],
];

interface Who {
  pid: number;
  session: string;
}

const thinkMs = 20;

/**
 * A user who works all the time on one connection and keeps account of what comes: it neither reconnects nor may it have to.
 * Its own documents are those of the list that has its name.
 */
export class SteadyClient {
  readonly name: string;
  readonly client: DdpClient;
  readonly account: DdpAccount;
  /** The processes that its calls were answered by, one after the other. */
  readonly pids: number[] = [];
  /** How often it has counted in a document of its own. */
  counted = 0;
  longestMs = 0;
  closed: Closed | undefined;
  /** Why it could not go on. */
  failure: string | undefined;
  readonly #working: Promise<void>;
  #running = true;

  private constructor(name: string, client: DdpClient) {
    this.name = name;
    this.client = client;
    this.account = new DdpAccount(client);
    void client.closed.then((closed) => (this.closed = closed));
    this.#working = this.#work().catch((error: unknown) => void (this.failure = String(error)));
  }

  /** Resolves when it has all its documents. */
  static async open(url: string, name: string, options: ConnectOptions): Promise<SteadyClient> {
    const client = await connect(url, options);
    await client.call('notes.insert', { _id: name, list: name, count: 0 });
    for (const [publication, ...params] of subscriptions(name)) {
      // oxlint-disable-next-line no-await-in-loop -- as a page does it
      await client.subscribe(publication, ...params);
    }
    return new SteadyClient(name, client);
  }

  get pid(): number | undefined {
    return this.pids.at(-1);
  }

  /** Resolves when it has no call under way. */
  async rest(): Promise<void> {
    this.#running = false;
    await this.#working;
  }

  async #work(): Promise<void> {
    let calls = 0;
    while (this.#running) {
      const began = performance.now();
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await this.#call(calls++);
      this.longestMs = Math.max(this.longestMs, performance.now() - began);
      // oxlint-disable-next-line no-await-in-loop -- a user thinks
      await wait(thinkMs);
    }
  }

  async #call(i: number): Promise<void> {
    const { client, name } = this;
    const key = `${name} ${i}`;
    const own = `${name} ${Math.floor(i / 6)}`;
    switch (i % 6) {
      case 0:
        this.pids.push((await client.call<Who>('whoami')).pid);
        return;
      case 1:
        await client.call('notes.insert', { _id: own, list: name, text: key });
        return;
      case 2:
        await client.call('notes.count', name);
        this.counted += 1;
        return;
      case 3:
        await client.call('incrementSlowly', key, 30);
        return;
      case 4:
        await client.call('notes.set', own, { text: key });
        return;
      default:
        // Two at once, the first of which does not let the second pass.
        await Promise.all([client.call('incrementAlone', key, 10), client.call('notes.remove', own)]);
    }
  }
}

const withoutPid = ({ pid: _pid, ...rest }: DdpDocument): object => rest;

/** What clients have, without what tells of the process that they are served by. */
function documentsOf({ collections }: DdpClient): Record<string, Record<string, unknown>> {
  const shared = [...collections].filter(([name, { size }]) => size > 0 && name !== 'counters');
  return Object.fromEntries(
    shared.map(([name, documents]) => [
      name,
      Object.fromEntries([...documents].map(([id, document]) => [id, withoutPid(document)])),
    ]),
  );
}

/** Throws unless the client has what one that comes now is told. */
export async function assertUpToDate(url: string, { name, client }: SteadyClient): Promise<void> {
  const fresh = await connect(url);
  for (const [publication, ...params] of subscriptions(name)) {
    // oxlint-disable-next-line no-await-in-loop -- as a page does it
    await fresh.subscribe(publication, ...params);
  }
  assert.deepEqual(documentsOf(client), documentsOf(fresh), name);
  await fresh.close();
}

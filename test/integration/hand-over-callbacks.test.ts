import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { addAppCode } from '../support/app-code.ts';
import { connect, type DdpClient, type DdpMessage } from '../support/ddp-client.ts';
import { eventually } from '../support/eventually.ts';
import { meteorBundle } from '../support/meteor-bundle.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { Scrape } from '../support/scrape.ts';

const root = join(import.meta.dirname, '..', '..');

/** One worker, so that each session leaves once. */
async function started(t: TestContext, code: string): Promise<RunningApp> {
  const { path } = await meteorBundle();
  await addAppCode(path, code);
  const app = await startRadiant({ app: path, workers: 1 });
  t.after(() => app.stop());
  return app;
}

interface Case {
  give: string;
  take: string;
  /** Why its client connects anew; undefined: it goes on. */
  reason?: string;
}

const failed = "the app's onHandOver failed";
const silent = "the app's onHandOver did not answer";
const cases: Case[] = [
  { give: 'state', take: 'state' },
  { give: 'later', take: 'later' },
  { give: 'nothing', take: 'state' },
  { give: 'false', take: 'state', reason: 'the app keeps it' },
  { give: 'throws', take: 'state', reason: failed },
  { give: 'rejects', take: 'state', reason: failed },
  { give: 'never', take: 'state', reason: silent },
  { give: 'map', take: 'state', reason: failed },
  { give: 'date', take: 'state', reason: failed },
  { give: 'function', take: 'state', reason: failed },
  { give: 'loop', take: 'state', reason: failed },
  { give: 'a getter that throws', take: 'state', reason: failed },
  { give: 'large', take: 'state', reason: 'state over 1 MB' },
  { give: 'state', take: 'false', reason: 'the app does not take it' },
  { give: 'state', take: 'throws', reason: failed },
  { give: 'state', take: 'never', reason: silent },
];

interface Player extends Case {
  client: DdpClient;
  heard: DdpMessage[];
  closed: boolean;
}

async function play(app: RunningApp, each: Case): Promise<Player> {
  const client = await connect(app.url);
  await client.call('wish', { give: each.give, take: each.take });
  await client.subscribe('wished');
  const player: Player = { ...each, client, heard: [], closed: false };
  client.on('message', (message) => message.msg !== 'ping' && player.heard.push(message));
  client.on('close', () => (player.closed = true));
  return player;
}

test('what the app says of a session goes along, and whatever it does, nothing else happens than a reconnect', async (t) => {
  const fixture = join(root, 'test/fixtures/hand-over-callbacks.cjs');
  const app = await started(t, `require(${JSON.stringify(fixture)}).install(Meteor);`);
  const players = await Promise.all(cases.map((each) => play(app, each)));
  const { departures } = await app.control.restart({});
  const went = players.filter(({ reason }) => reason === undefined);
  for (const player of players) {
    const name = `${player.give}, ${player.take}`;
    if (player.reason === undefined) assert.equal(player.closed, false, name);
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    else await player.client.closed;
  }
  await eventually('the new worker has let go of those that it did not take', async () => {
    const scrape = await Scrape.of(app);
    return scrape.sum('radiant_connections') === went.length;
  });
  for (const { give, take, client, heard } of went) {
    const nothing = give === 'nothing';
    // Nothing but what its publication says anew where its memory is lost.
    assert.deepEqual(
      heard.map(({ msg, cleared }) => ({ msg, cleared: cleared?.toSorted() })),
      nothing ? [{ msg: 'changed', cleared: ['give', 'take'] }] : [],
    );
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    assert.deepEqual(await client.call('wished'), nothing ? null : { give, take });
  }
  const reasons = players.flatMap(({ reason }) => (reason === undefined ? [] : [reason]));
  const reconnected: Record<string, number> = {};
  for (const reason of reasons) reconnected[reason] = (reconnected[reason] ?? 0) + 1;
  assert.deepEqual(departures, { handedOver: went.length, reconnected });
  assert.match(app.output(), /radiant: give of onHandOver failed, .*: Error: give does not like it/);
  assert.match(app.output(), /radiant: take of onHandOver failed, .*: Error: take does not like it/);
  await Promise.all(went.map(({ client }) => client.close()));
});

test('the example of the documentation', async (t) => {
  const page = readFileSync(join(root, 'docs/hand-over.md'), 'utf8');
  const [, example] = /```js\n(.*?)```/s.exec(page)!;
  const app = await started(t, example!);
  const [member, other] = await Promise.all([connect(app.url), connect(app.url)]);
  await member.call('enterRoom', 'kitchen');
  await member.call('enterRoom', 'garden');
  let closed = false;
  member.on('close', () => (closed = true));
  assert.deepEqual((await app.control.restart({})).departures, { handedOver: 2, reconnected: {} });
  assert.deepEqual(await member.call('myRooms'), ['kitchen', 'garden']);
  assert.deepEqual(await other.call('myRooms'), []);
  assert.equal(closed, false);
  await Promise.all([member.close(), other.close()]);
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeCertificate, tlsArgs } from '../support/certificates.ts';
import { connect, type DdpClient } from '../support/ddp-client.ts';
import { eventually } from '../support/eventually.ts';
import { meteorBundle } from '../support/meteor-bundle.ts';
import { startRadiant } from '../support/radiant.ts';
import { Scrape } from '../support/scrape.ts';
import { testFolder } from '../support/tiny-apps.ts';

const { path } = await meteorBundle();

/** Closes that the server has said. */
async function inOrder(clients: DdpClient[]): Promise<void> {
  const ends = await Promise.all(clients.map((client) => client.closed));
  assert.deepEqual(
    ends.map(({ code }) => code),
    clients.map(() => 1000),
  );
}

test('what cannot go on elsewhere is told to reconnect, and all others go on', async (t) => {
  const env = { EXAMPLE_DATABASE: join(await testFolder(t), 'database') };
  const app = await startRadiant({ app: path, workers: 1, env });
  t.after(() => app.stop());
  /** By the reason why it reconnects. */
  const refused: Record<string, DdpClient> = {};
  const open = async (reason: string, transport: 'raw' | 'xhr-polling' = 'raw'): Promise<DdpClient> =>
    (refused[reason] = await connect(app.url, { transport }));
  await (await open('a method waits for the end of its connection')).call('joinRoom', 'a');
  const marked = await open('a method keeps something on its connection', 'xhr-polling');
  await marked.call('setOnConnection', 'name', 'x');
  const large = await open('state over 1 MB');
  await large.call('notes.insert', { _id: 'large', list: 'large', text: 'x'.repeat(1024 * 1024) });
  await large.subscribe('notes', 'large');
  const forgetful = await open('a collection without history', 'xhr-polling');
  await forgetful.call('notes.insert', { _id: 'small', list: 'small' });
  await forgetful.subscribe('notesBy', 'NO_MERGE_NO_HISTORY', 'small');
  const slow = await open('a method or publication takes too long');
  const call = slow.call<number>('slow', 3_000);
  const others = await Promise.all(
    (['raw', 'xhr-polling'] as const).map((transport) => connect(app.url, { transport })),
  );
  // It has the same publications, by a strategy that says what a client has.
  await others[0]!.subscribe('notesBy', 'NO_MERGE', 'small');

  const { workers } = await app.status();
  const restarted = app.control.restart({});
  assert.equal(await call, workers[0]!.pid, 'what runs is waited for');
  await inOrder(Object.values(refused));
  await restarted;
  for (const client of others) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { pid } = await client.call<{ pid: number }>('whoami');
    assert.notEqual(pid, workers[0]!.pid);
  }
  const reconnected = Object.fromEntries(Object.keys(refused).map((reason) => [reason, 1]));
  assert.deepEqual((await app.status()).departures, { handedOver: others.length, reconnected });
  await Promise.all(others.map((client) => client.close()));
});

test('a client that does not read what it is sent is told to reconnect, when it does', async (t) => {
  const app = await startRadiant({ app: path, workers: 1 });
  t.after(() => app.stop());
  const writer = await connect(app.url);
  // More than the kernel keeps for who does not read.
  for (let i = 0; i < 16; i += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await writer.call('notes.insert', { _id: String(i), list: 'large', text: 'x'.repeat(2 ** 20) });
  }
  await writer.close();
  const socket = net.connect(app.port, '127.0.0.1');
  await once(socket, 'connect');
  const client = await connect(app.url, { socket, socketPath: 'none' });
  const began = client.next(({ msg }) => msg === 'added');
  const subscribed = client.subscribe('notes', 'large');
  await began;
  socket.pause();
  const reason = 'its client does not read';
  const restarted = app.control.restart({});
  await eventually('it has been looked at', async () => {
    const scrape = await Scrape.of(app);
    return scrape.sum('radiant_sessions_not_handed_over_total', { reason }) === 1;
  });
  socket.resume();
  await subscribed;
  await inOrder([client]);
  assert.equal((await restarted).departures!.reconnected[reason], 1);
});

test('a WebSocket over TLS that ends in the worker is told to reconnect; what polls goes on', async (t) => {
  const args = tlsArgs(makeCertificate(await testFolder(t), 'refused', '127.0.0.1'));
  const app = await startRadiant({ app: path, workers: 1, args });
  t.after(() => app.stop());
  const clients = await Promise.all(
    (['raw', 'websocket'] as const).map((transport) => connect(app.url, { transport })),
  );
  const polling = await connect(app.url, { transport: 'xhr-polling' });
  const [old] = (await app.status()).workers.map(({ pid }) => pid);
  await app.control.restart({});
  await inOrder(clients);
  assert.notEqual((await polling.call<{ pid: number }>('whoami')).pid, old);
  assert.deepEqual((await app.status()).departures, {
    handedOver: 1,
    reconnected: { 'TLS in the worker': 2 },
  });
  await polling.close();
});

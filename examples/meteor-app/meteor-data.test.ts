import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, test, type TestContext } from 'node:test';
import { connect, type DdpClient, DdpError, type DdpMessage } from '../../test/support/ddp-client.ts';
import { meteorBundle } from '../../test/support/meteor-bundle.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { startApp } from './app-process.ts';

let bundle: string;

before(async () => {
  bundle = (await meteorBundle()).path;
});

/** Two workers with one database. */
async function twoWorkers(t: TestContext) {
  const EXAMPLE_DATABASE = join(temporaryFolder('rad-data-'), 'database');
  const workers = [];
  for (let i = 0; i < 2; i++) workers.push(await startApp(t, bundle, { EXAMPLE_DATABASE }));
  return workers.map(({ url }) => url);
}

/** All that a client gets, pings left out, in order. */
function record(client: DdpClient): DdpMessage[] {
  const messages: DdpMessage[] = [];
  client.on('message', (message) => {
    if (message.msg !== 'ping' && message.msg !== 'pong') messages.push(message);
  });
  return messages;
}

const isChanged = ({ msg }: DdpMessage) => msg === 'changed';

interface Login {
  id: string;
  token: string;
}

describe('data', () => {
  test('what one worker writes reaches the subscriptions of all, as differences', async (t) => {
    const [here = '', there = ''] = await twoWorkers(t);
    const writer = await connect(here);
    const reader = await connect(there);
    await reader.subscribe('notes', 'l');
    const added = reader.next(({ msg }) => msg === 'added');
    await writer.call('notes.insert', { _id: 'n', list: 'l', text: 'a', count: 0 });
    await writer.call('notes.insert', { _id: 'other', list: 'm' });
    await writer.call('lists.insert', { _id: 'l' });
    assert.equal((await added).id, 'n');
    const changed = reader.next(isChanged);
    await writer.call('notes.count', 'n');
    assert.deepEqual(await changed, { msg: 'changed', collection: 'notes', id: 'n', fields: { count: 1 } });
    const cleared = reader.next(isChanged);
    await writer.call('notes.unset', 'n', 'text');
    assert.deepEqual(await cleared, { msg: 'changed', collection: 'notes', id: 'n', cleared: ['text'] });
    const both = await connect(here);
    const { documents } = await both.subscribe('notesAndLists');
    assert.deepEqual(documents.get('notes')?.get('n'), { _id: 'n', list: 'l', count: 1 });
    assert.deepEqual(documents.get('lists')?.get('l'), { _id: 'l' });
    const removed = reader.next(({ msg }) => msg === 'removed');
    await writer.call('notes.remove', 'n');
    await removed;
  });

  test("a method's own writes come before `updated`, and that before the result", async (t) => {
    const { url } = await startApp(t, bundle);
    const client = await connect(url);
    await client.subscribe('notes');
    const messages = record(client);
    await client.call('notes.insert', { _id: 'n' });
    assert.deepEqual(
      messages.map(({ msg }) => msg),
      ['added', 'updated', 'result'],
    );
  });

  test('each strategy publishes the same documents', async (t) => {
    const { url } = await startApp(t, bundle);
    const client = await connect(url);
    await client.call('notes.insert', { _id: 'n', text: 'a' });
    for (const strategy of ['SERVER_MERGE', 'NO_MERGE', 'NO_MERGE_NO_HISTORY', 'NO_MERGE_MULTI']) {
      const { stop } = await client.subscribe('notesBy', strategy);
      assert.equal(client.collections.get(`notes.${strategy}`)?.get('n')?.['text'], 'a');
      const stopped = client.next(({ msg }) => msg === 'nosub');
      stop();
      await stopped;
      const left = strategy === 'NO_MERGE_NO_HISTORY' ? 1 : 0;
      assert.equal(client.collections.get(`notes.${strategy}`)?.size, left, strategy);
    }
  });
});

describe('publications and methods of all habits', () => {
  test('ready later, failing at once or later, counting', async (t) => {
    const METEOR_SETTINGS = JSON.stringify({ example: { announcement: 'hello' } });
    const { url } = await startApp(t, bundle, { METEOR_SETTINGS });
    const client = await connect(url);
    const { documents } = await client.subscribe('readyLater', 20);
    assert.equal(documents.get('slow')?.size, 2);
    assert.equal(documents.get('announcements')?.get('announcement')?.['text'], 'hello');
    await assert.rejects(client.subscribe('fails', 'why'), (error) => error instanceof DdpError);
    const failed = client.next(({ msg }) => msg === 'nosub');
    const { id } = await client.subscribe('failsLater', 1);
    assert.equal((await failed).id, id);
    await client.subscribe('visits');
    assert.deepEqual(client.collections.get('visits')?.get('visits'), { _id: 'visits', count: 1 });
  });

  test('state that hangs on a connection is there until it ends', async (t) => {
    const METEOR_SETTINGS = JSON.stringify({ example: { disconnectGracePeriod: 0 } });
    const { url } = await startApp(t, bundle, { METEOR_SETTINGS });
    const client = await connect(url);
    const other = await connect(url);
    assert.equal(await client.call('joinRoom', 'r'), 1);
    await client.call('setOnConnection', 'colour', 'red');
    assert.equal(await client.call('getFromConnection', 'colour'), 'red');
    assert.equal(await client.call('become', 'bo'), 'bo');
    assert.equal(await other.call('roomSize', 'r'), 1);
    await client.close();
    while ((await other.call('roomSize', 'r')) !== 0);
  });
});

describe('accounts', () => {
  test('a login goes on in another worker, with the own document; a logout ends it everywhere', async (t) => {
    const [here = '', there = ''] = await twoWorkers(t);
    const first = await connect(here);
    const { id, token } = await first.call<Login>('login', { username: 'bo' });
    assert.equal(first.collections.get('users')?.get(id)?.['username'], 'bo');
    const second = await connect(there);
    assert.equal((await second.call<Login>('login', { resume: token })).id, id);
    assert.equal(second.collections.get('users')?.get(id)?.['services'], undefined);
    const stranger = await connect(there);
    await stranger.call('login', { username: 'bo' });
    await first.call('logout');
    assert.equal(first.collections.get('users')?.size, 0);
    await second.closed;
    await assert.rejects((await connect(there)).call('login', { resume: token }), /logged out by the server/);
    assert.equal(await stranger.call('echo', 'here'), 'here');
  });

  test('removing the other tokens closes the sessions that are logged in with them, not this one', async (t) => {
    const { url } = await startApp(t, bundle);
    const [kept, other] = [await connect(url), await connect(url)];
    await other.call('login', { username: 'bo' });
    await kept.call('login', { username: 'bo' });
    await kept.call('removeOtherTokens');
    await other.closed;
    const { token } = await kept.call<Login>('getNewToken');
    await (await connect(url)).call('login', { resume: token });
  });

  test('unknown logins are refused', async (t) => {
    const { url } = await startApp(t, bundle);
    const client = await connect(url);
    await assert.rejects(client.call('login', {}), /Unrecognized options/);
    await assert.rejects(client.call('login', { resume: 5 }), /^Error: Match failed \[400\]/);
    await assert.rejects(client.call('getNewToken'), /not logged in/);
  });
});

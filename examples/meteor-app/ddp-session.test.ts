import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { createSocket, createTestServer, settled } from './ddp-world.ts';

// oxlint-disable typescript/no-explicit-any -- the server's own JavaScript

/** A session whose publications do nothing: each test says what they publish. `run` is called with `this` and the params. */
function open(t: TestContext, run: (subscription: any, ...params: unknown[]) => unknown = () => null) {
  const world = createTestServer();
  const { server } = world;
  const subscriptions: any[] = [];
  server.publish('any', function any(this: unknown, ...params: unknown[]) {
    subscriptions.push(this);
    return run(this, ...params);
  });
  const socket = createSocket(t, world);
  const subscribe = async (id: string, ...params: unknown[]) => {
    socket.receive({ msg: 'sub', id, name: 'any', params });
    await settled();
    return subscriptions.at(-1);
  };
  const use = (collection: string, strategy: string) =>
    server.setPublicationStrategy(
      collection,
      world.packages['ddp-server'].DDPServer.publicationStrategies[strategy],
    );
  return { ...world, socket, subscribe, use };
}

describe('what the client hears of two subscriptions with one document', () => {
  const told: Record<string, string[]> = {
    SERVER_MERGE: [
      '{"msg":"added","collection":"c","id":"1","fields":{"a":1}}',
      '{"msg":"changed","collection":"c","id":"1","fields":{"b":2}}',
      '{"msg":"nosub","id":"x"}',
      '{"msg":"removed","collection":"c","id":"1"}',
      '{"msg":"nosub","id":"y"}',
    ],
    NO_MERGE: [
      '{"msg":"added","collection":"c","id":"1","fields":{"a":1}}',
      '{"msg":"added","collection":"c","id":"1","fields":{"a":1,"b":2}}',
      '{"msg":"removed","collection":"c","id":"1"}',
      '{"msg":"nosub","id":"x"}',
      '{"msg":"removed","collection":"c","id":"1"}',
      '{"msg":"nosub","id":"y"}',
    ],
    NO_MERGE_MULTI: [
      '{"msg":"added","collection":"c","id":"1","fields":{"a":1}}',
      '{"msg":"changed","collection":"c","id":"1","fields":{"a":1,"b":2}}',
      '{"msg":"nosub","id":"x"}',
      '{"msg":"removed","collection":"c","id":"1"}',
      '{"msg":"nosub","id":"y"}',
    ],
    NO_MERGE_NO_HISTORY: [
      '{"msg":"added","collection":"c","id":"1","fields":{"a":1}}',
      '{"msg":"added","collection":"c","id":"1","fields":{"a":1,"b":2}}',
      '{"msg":"nosub","id":"x"}',
      '{"msg":"nosub","id":"y"}',
    ],
  };
  for (const [strategy, expected] of Object.entries(told)) {
    test(strategy, async (t) => {
      const { socket, subscribe, use } = open(t);
      use('c', strategy);
      (await subscribe('x')).added('c', '1', { a: 1 });
      (await subscribe('y')).added('c', '1', { a: 1, b: 2 });
      socket.receive({ msg: 'unsub', id: 'x' });
      socket.receive({ msg: 'unsub', id: 'y' });
      assert.deepEqual(await socket.take(), expected);
    });
  }

  test('the first subscription wins; the second shows when the first has left or cleared the field', async (t) => {
    const { socket, subscribe } = open(t);
    const first = await subscribe('x');
    const second = await subscribe('y');
    first.added('c', '1', { a: 1, b: 1 });
    second.added('c', '1', { a: 2, b: 2 });
    second.changed('c', '1', { a: 3 });
    first.changed('c', '1', { a: undefined });
    first.removed('c', '1');
    second.changed('c', '1', { b: undefined });
    assert.deepEqual(await socket.take(), [
      '{"msg":"added","collection":"c","id":"1","fields":{"a":1,"b":1}}',
      '{"msg":"changed","collection":"c","id":"1","fields":{"a":3}}',
      '{"msg":"changed","collection":"c","id":"1","fields":{"b":2}}',
      '{"msg":"changed","collection":"c","id":"1","cleared":["b"]}',
    ]);
  });
});

describe('another user', () => {
  test('hears of the difference only, and ready once more', async (t) => {
    const { socket, subscribe, server } = open(t, (subscription) => {
      const user = subscription.userId;
      subscription.added('c', 'same', { a: 1, nothing: undefined });
      subscription.added('c', String(user), { user });
      subscription.ready();
    });
    server.methods({
      async become(this: any, user: string) {
        await this.setUserId(user);
      },
    });
    await subscribe('x');
    await socket.take();
    socket.receive({ msg: 'method', id: 'm', method: 'become', params: ['bo'] });
    assert.deepEqual(await socket.take(), [
      '{"msg":"removed","collection":"c","id":"null"}',
      '{"msg":"added","collection":"c","id":"bo","fields":{"user":"bo"}}',
      '{"msg":"ready","subs":["x"]}',
      '{"msg":"updated","methods":["m"]}',
      '{"msg":"result","id":"m"}',
    ]);
    assert.equal(socket._meteorSession.userId, 'bo');
  });

  test('without a merge every document comes again, at once', async (t) => {
    const { socket, subscribe, use } = open(t, (subscription) => subscription.added('c', '1', {}));
    use('c', 'NO_MERGE');
    await subscribe('x');
    await socket.take();
    await socket._meteorSession._setUserId('bo');
    assert.deepEqual(await socket.take(), ['{"msg":"added","collection":"c","id":"1"}']);
  });

  test('a field that is undefined now is cleared, even when the client never had it', async (t) => {
    const fields: object[] = [{}, { never: undefined }];
    const { socket, subscribe } = open(t, (subscription) => {
      subscription.added('c', '1', fields.shift());
    });
    await subscribe('x');
    await socket.take();
    await socket._meteorSession._setUserId('bo');
    assert.deepEqual(await socket.take(), [
      '{"msg":"changed","collection":"c","id":"1","cleared":["never"]}',
    ]);
  });
});

function call(socket: any, method: string, params: unknown[] = [], more = {}) {
  socket.receive({ msg: 'method', id: '1', method, params, ...more });
}

describe('methods', () => {
  test('updated waits for the writes, and comes before the result', async (t) => {
    const { socket, server, packages } = open(t);
    let write: any;
    server.methods({
      write() {
        write = packages['ddp-server'].DDPServer._getCurrentFence().beginWrite();
        return 'written';
      },
    });
    call(socket, 'write');
    assert.deepEqual(await socket.take(), ['{"msg":"result","id":"1","result":"written"}']);
    await write.committed();
    assert.deepEqual(await socket.take(), ['{"msg":"updated","methods":["1"]}']);
    server.methods({ nothing() {} });
    call(socket, 'nothing');
    assert.deepEqual(await socket.take(), ['{"msg":"updated","methods":["1"]}', '{"msg":"result","id":"1"}']);
  });

  test('unblock lets the next message pass; a user cannot be set after it', async (t) => {
    const { socket, server } = open(t);
    const ends: (() => void)[] = [];
    server.methods({
      async waits(this: any, unblock: boolean) {
        if (unblock) this.unblock();
        await new Promise<void>((resolve) => ends.push(resolve));
        if (unblock) await this.setUserId('late');
      },
      seed(this: any) {
        return this.randomSeed;
      },
    });
    call(socket, 'waits', [false]);
    call(socket, 'seed', [], { randomSeed: 'r' });
    assert.deepEqual(await socket.take(), []);
    ends.pop()?.();
    assert.equal((await socket.take()).at(-1), '{"msg":"result","id":"1","result":"r"}');
    call(socket, 'waits', [true]);
    call(socket, 'seed');
    assert.equal((await socket.take()).at(-1), '{"msg":"result","id":"1","result":null}');
    t.mock.method(console, 'error', () => {});
    ends.pop()?.();
    assert.match((await socket.take()).at(-1) ?? '', /"error":500/);
  });

  test('malformed messages and unknown names are answered and nothing more', async (t) => {
    const { socket } = open(t);
    t.mock.method(console, 'error', () => {});
    socket.receive('{');
    socket.receive({ msg: 'nonsense' });
    socket.receive({ msg: 'sub', id: 5, name: 'any' });
    socket.receive({ msg: 'method', id: '1', method: 'x', randomSeed: 5 });
    socket.receive({ msg: 'sub', id: 's', name: 'no' });
    call(socket, 'no');
    socket.receive({ msg: 'connect', version: '1', support: ['1'] });
    const answers = (await socket.take()).map((text) => JSON.parse(text));
    assert.deepEqual(answers.pop(), { msg: 'updated', methods: ['1'] });
    assert.deepEqual(
      answers.map(({ reason, error }) => reason ?? error.reason),
      [
        'Bad request',
        'Bad request',
        'Malformed subscription',
        'Already connected',
        'Malformed method invocation',
        "Subscription 'no' not found",
        "Method 'no' not found",
      ],
    );
  });
});

test('a universal publication that comes later starts in sessions that are there', async (t) => {
  const { socket, server } = open(t);
  server.publish(null, function all(this: any) {
    this.added('c', 'all', { n: Number.NaN });
    this.ready();
  });
  assert.deepEqual(await socket.take(), [
    '{"msg":"added","collection":"c","id":"all","fields":{"n":{"$InfNaN":0}}}',
  ]);
  assert.match(socket._meteorSession._universalSubs[0]._subscriptionHandle, /^U/);
});

test('the end of a session stops its subscriptions and calls the callbacks, later than in the same turn', async (t) => {
  const { socket, subscribe } = open(t);
  const events: string[] = [];
  (await subscribe('x')).onStop(() => events.push('stopped'));
  const session = socket._meteorSession;
  session.connectionHandle.onClose(() => events.push('closed'));
  socket.close();
  assert.deepEqual([events, session.inQueue, session.server.sessions.size], [[], null, 0]);
  await settled();
  assert.deepEqual(events, ['stopped', 'closed']);
  assert.deepEqual(await socket.take(), []);
});

test('a session that waits for its client keeps a hundred messages, then is given up', async (t) => {
  const world = createTestServer({});
  const socket = createSocket(t, world);
  const session = socket._meteorSession;
  session.send({ msg: 'counted' });
  session.send({ msg: 'ping' });
  assert.equal(session.sentCount, 2);
  socket.close();
  for (let i = 0; i < 100; i++) session.send({ msg: 'kept' });
  assert.equal(session.messageQueue.length, 100);
  assert.equal(world.server.sessions.get(session.id), session);
  session.send({ msg: 'one too many' });
  assert.deepEqual([session.inQueue, session.messageQueue, world.server.sessions.size], [null, null, 0]);
});

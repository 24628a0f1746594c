import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { nodesInTurn } from '../fixtures/nodes.ts';
import { addAppCode } from '../support/app-code.ts';
import { connect } from '../support/ddp-client.ts';
import { meteorBundle } from '../support/meteor-bundle.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { Scrape } from '../support/scrape.ts';

async function started(t: TestContext, code: string, args: string[] = []): Promise<RunningApp> {
  const { path } = await meteorBundle();
  await addAppCode(path, code);
  const app = await startRadiant({ app: path, workers: 1, args });
  t.after(() => app.stop());
  return app;
}

/** Notes all that happens in the app from its beginning, for the method `traces`. */
const observer = `
  const { server } = Meteor;
  const seen = { connections: 0, universal: 0, opened: 0, users: [] };
  const names = () => ({
    publications: Object.keys(server.publish_handlers).sort(),
    methods: Object.keys(server.method_handlers).sort(),
    strategies: Object.keys(server._publicationStrategies).sort(),
    universal: server.universal_publish_handlers.length,
  });
  server.onConnection((connection) => { seen.connections += 1; connection.onClose(() => { seen.connections -= 1; }); });
  Meteor.publish(null, function () { seen.universal += 1; seen.users.push(this.userId); this.ready(); });
  server.stream_server.server.on('connection', () => { seen.opened += 1; });
  Meteor.methods({
    traces: () => ({
      ...seen, before, after: names(),
      sessions: server.sessions.size,
      sockets: server.stream_server.open_sockets.length,
      hooks: typeof server.onConnectionHook.register,
    }),
  });
  const before = names();
`;

interface Traces {
  before: object;
  after: object;
  [name: string]: unknown;
}

for (const { version, path, test: inTurn } of await nodesInTurn('20', '14.21.3', '26')) {
  inTurn(`a rehearsal leaves nothing in an app on Node ${version}`, async (t) => {
    const app = await started(t, observer, ['--node', path]);
    const client = await connect(app.url);
    const { before, after, ...seen } = await client.call<Traces>('traces');
    assert.deepEqual(after, before);
    // The two rehearsed connections came twice each: at the giver and at the taker.
    assert.deepEqual(seen, {
      connections: 1,
      universal: 1,
      users: [null],
      opened: 5,
      sessions: 1,
      sockets: 1,
      hooks: 'function',
    });
    const scrape = await Scrape.of(app);
    const figures = [
      'ddp_sessions_opened',
      'websockets_opened',
      'sessions_handed_over',
      'sessions_taken_over',
    ];
    assert.deepEqual(
      figures.map((name) => scrape.sum(`radiant_${name}_total`)),
      [1, 1, 0, 0],
    );
    // It has been held: sessions go on.
    assert.deepEqual((await app.control.restart({})).departures, { handedOver: 1, reconnected: {} });
    await client.close();
  });
}

/** Apps in which a hand-over would not go well, by what the rehearsal finds. */
const faults: [what: string, code: string, found: RegExp][] = [
  [
    'SockJS has no handlers that could be installed elsewhere',
    'Meteor.server.stream_server.server.installHandlers = undefined;',
    /there is no SockJS\.installHandlers/,
  ],
  [
    'SockJS throws where its handlers are installed elsewhere',
    "Meteor.server.stream_server.server.installHandlers = () => { throw new Error('not twice'); };",
    /it could not begin/,
  ],
  [
    'something says each `ready` twice',
    `Meteor.server.stream_server.register((connection) => {
      const { send } = connection;
      connection.send = function (text) { send.call(this, text); if (text.includes('"ready"')) send.call(this, text); };
    });`,
    /(?:raw|framed): (?:beginning|handOver): \{/,
  ],
  [
    'documents change on their way to the client',
    `Meteor.server.stream_server.register((connection) => {
      const { send } = connection;
      connection.send = function (text) { send.call(this, text.replace('"start":2', '"start":3')); };
    });`,
    /(?:raw|framed): handOver: \{"msg":"(?:changed|added)"/,
  ],
  [
    'zlib forgets what messages refer back to',
    `const zlib = require('zlib');
    const { createInflateRaw } = zlib;
    const value = ({ dictionary, ...options } = {}) => createInflateRaw(options);
    Object.defineProperty(zlib, 'createInflateRaw', { value });`,
    /raw: (?:its connection has ended|handOver)/,
  ],
];
for (const [what, code, found] of faults) {
  test(`sessions reconnect where ${what}`, async (t) => {
    const app = await started(t, code);
    assert.match(
      app.output(),
      new RegExp(`live sessions stay in this worker: a rehearsal failed: ${found.source}`),
    );
    const client = await connect(app.url);
    const reconnected = { 'Meteor is not as expected': 1 };
    const restarted = app.control.restart({});
    assert.equal((await client.closed).code, 1000);
    assert.deepEqual((await restarted).departures, { handedOver: 0, reconnected });
  });
}

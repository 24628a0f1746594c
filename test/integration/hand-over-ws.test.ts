import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { WebSocket } from 'ws';
import { eventually } from '../support/eventually.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(root, 'docs/hand-over.md'), 'utf8');
const example = [...page.matchAll(/```js\n(.*?)```/gs)]
  .map(([, code]) => code!)
  .find((code) => code.includes("'ws'"))!;
const ws = JSON.stringify(join(root, 'node_modules/ws'));

/** The program of the documentation, changed by `change`; one worker, so that each WebSocket leaves once. */
async function started(
  t: TestContext,
  change: (code: string) => string = (code) => code,
): Promise<RunningApp> {
  const file = join(temporaryFolder('rad-ws-'), 'app.cjs');
  writeFileSync(file, change(example).replace("require('ws')", `require(${ws})`));
  const app = await startRadiant({ app: file, workers: 1 });
  t.after(() => app.stop());
  return app;
}

interface Client {
  socket: WebSocket;
  texts: string[];
  ask(text: string): Promise<string>;
}

async function open(app: RunningApp, name: string, options: object = {}): Promise<Client> {
  const socket = new WebSocket(`ws://127.0.0.1:${app.port}/${name}`, options);
  const texts: string[] = [];
  socket.on('message', (data: Buffer) => texts.push(data.toString()));
  await once(socket, 'message');
  const ask = async (text: string): Promise<string> => {
    const answer = once(socket, 'message');
    socket.send(text);
    const [data] = await answer;
    return String(data);
  };
  return { socket, texts, ask };
}

test('the WebSockets of the documentation go on, with what the app knows of them', async (t) => {
  const app = await started(t);
  const clients = await Promise.all(['ann', 'bob', 'cy'].map((name) => open(app, name)));
  for (const { ask } of clients) await ask('hello'); // oxlint-disable-line no-await-in-loop
  const pid = (await app.status()).workers[0]!.pid;
  for (const expected of [3, 3]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { departures } = await app.control.restart({});
    assert.deepEqual(departures, { handedOver: expected, reconnected: {} });
  }
  assert.notEqual((await app.status()).workers[0]!.pid, pid);
  const answers = await Promise.all(clients.map(({ ask }) => ask('still there?')));
  assert.deepEqual(answers, ['ann: still there? (2)', 'bob: still there? (2)', 'cy: still there? (2)']);
  for (const { texts, socket } of clients) {
    assert.equal(texts.length, 3, 'nobody was welcomed again');
    socket.terminate();
  }
});

test('what clients and the app say during a restart comes, once and in order', async (t) => {
  const app = await started(t, (code) =>
    code.replace('user.messages += 1;', 'user.messages += 1;\n    if (text.length > 60000) return;'),
  );
  const { socket, texts } = await open(app, 'ann');
  let sent = 0;
  const timer = setInterval(() => {
    // In fragments and in large ones too: there is not always a moment between two messages.
    socket.send('x'.repeat(100_000));
    socket.send(`${(sent += 1)} `, { fin: false });
    socket.send('!');
  }, 2);
  await app.control.restart({});
  clearInterval(timer);
  const last = `ann: ${sent} ! (${2 * sent})`;
  await eventually('the last answer has come', () => texts.at(-1) === last);
  assert.deepEqual(
    texts.slice(1),
    Array.from({ length: sent }, (_, index) => `ann: ${index + 1} ! (${2 * (index + 1)})`),
  );
  assert.ok(sent > 10, 'it was busy');
  socket.terminate();
});

const refusals: [what: string, from: string, to: string, reason: string, options?: object][] = [
  ['give says false', 'give: (socket) => users.get(socket)', 'give: () => false', 'the app keeps it'],
  [
    'take says false',
    'take: (socket, user) => serve(socket, user)',
    'take: () => false',
    'the app does not take it',
  ],
  [
    'give throws',
    'give: (socket) => users.get(socket)',
    'give: () => users.no.no',
    "the app's onHandOver failed",
  ],
  ['it is compressed', '{ server }', '{ server, perMessageDeflate: true }', 'an unknown extension'],
  [
    'another server is named',
    'server: sockets',
    'server: new WebSocketServer({ noServer: true })',
    'no session of Meteor',
  ],
];

for (const [what, from, to, reason] of refusals) {
  test(`they are told to go where ${what}`, async (t) => {
    assert.ok(example.includes(from));
    const app = await started(t, (code) => code.replace(from, to));
    const { socket } = await open(app, 'ann');
    const closed = once(socket, 'close');
    assert.deepEqual((await app.control.restart({})).departures, {
      handedOver: 0,
      reconnected: { [reason]: 1 },
    });
    const [code] = await closed;
    assert.equal(code, 1012);
  });
}

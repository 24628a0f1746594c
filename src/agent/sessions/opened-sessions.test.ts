import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type net from 'node:net';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { hearHandshake, hearOpening } from './opened-sessions.ts';

const script = 'application/javascript; charset=UTF-8';
const prelude = `${'h'.repeat(2_048)}\n`;
const handshake = '0{"sid":"lv_VI97HA","upgrades":["websocket"]}';
const polling = 'EIO=4&transport=polling';

/** What an app answers to a request, in pieces; and which session it says to have opened. */
const answers: [
  what: string,
  method: string,
  url: string,
  type: string,
  pieces: (string | Buffer)[],
  opened: string | undefined,
  head?: [number, Record<string, string>],
][] = [
  ['xhr', 'POST', '/s/0/a/xhr', script, ['o\n'], 'its own'],
  ['xhr in two pieces', 'POST', '/s/0/a/xhr', script, ['o', Buffer.from('\n')], 'its own'],
  ['xhr_streaming', 'POST', '/s/0/a/xhr_streaming', script, [prelude, 'o\n'], 'its own'],
  ['eventsource', 'GET', '/s/0/a/eventsource', 'text/event-stream', ['\r\n', 'data: o\r\n\r\n'], 'its own'],
  ['jsonp', 'GET', '/s/0/a/jsonp?c=cb', script, ['/**/cb("o");\r\n'], 'its own'],
  ['Engine.IO', 'GET', `/e/?${polling}`, 'text/plain; charset=UTF-8', [handshake], 'lv_VI97HA'],
  ['Engine.IO 3', 'GET', `/e/?${polling}`, 'text/plain', [`45:${handshake}`], 'lv_VI97HA'],
  [
    'as bytes',
    'GET',
    `/e/?${polling}`,
    'application/octet-stream',
    [Buffer.from(`\0\x04\x05\xff${handshake}`, 'latin1')],
    'lv_VI97HA',
  ],
  [
    'in a script',
    'GET',
    `/e/?${polling}&j=0`,
    'text/javascript',
    [`___eio[0](${JSON.stringify(handshake)});`],
    'lv_VI97HA',
  ],
  [
    'compressed',
    'GET',
    `/e/?${polling}`,
    'text/plain',
    [gzipSync(handshake)],
    'lv_VI97HA',
    [200, { 'Content-Encoding': 'gzip' }],
  ],
  [
    'broken gzip',
    'GET',
    `/e/?${polling}`,
    'text/plain',
    [handshake],
    undefined,
    [200, { 'Content-Encoding': 'gzip' }],
  ],
  ['a page', 'POST', '/s/0/a/xhr', 'text/html', ['o\n'], undefined],
  ['another method', 'GET', '/s/0/a/xhr', script, ['o\n'], undefined],
  ['something that begins so', 'POST', '/s/0/a/xhr', script, ['ok\n'], undefined],
  ['something that ends so', 'POST', '/s/0/a/xhr', script, ['no\n', 'o\n'], undefined],
  ['a refusal', 'POST', '/s/0/a/xhr', script, ['o\n'], undefined, [404, {}]],
  ['a session that goes on', 'POST', '/s/0/a/xhr', script, ['a["x"]\n'], undefined],
  ['what is sent', 'POST', '/s/0/a/xhr_send', script, ['o\n'], undefined],
  ['a message about a session', 'GET', `/e/?${polling}`, 'text/plain', ['4{"sid":"other"}'], undefined],
  ['the answer of a session', 'GET', `/e/?${polling}&sid=x`, 'text/plain', [handshake], undefined],
  ['a handshake by POST', 'POST', `/e/?${polling}`, 'text/plain', [handshake], undefined],
];

test('an app says in an answer that it has opened a session', async (t) => {
  const opened: string[] = [];
  let answer = answers[0]!;
  const server = http.createServer((request, response) => {
    hearOpening(request, response, () => opened.push('its own'));
    hearHandshake(request, response, (name) => opened.push(name));
    const [, , , type, pieces, , [status, fields] = [200, {}]] = answer;
    response.writeHead(status, { 'Content-Type': type, ...fields });
    for (const piece of pieces) response.write(piece);
    response.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  const { port } = server.address() as net.AddressInfo;
  for (answer of answers) {
    const [what, method, path, , pieces, expected] = answer;
    const asked = http.request({ port, path, method, agent: false }).end();
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const [response] = (await once(asked, 'response')) as [http.IncomingMessage];
    const chunks: Buffer[] = [];
    // oxlint-disable-next-line no-await-in-loop
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const sent = Buffer.concat(pieces.map((piece) => Buffer.from(piece as string)));
    assert.deepEqual(Buffer.concat(chunks), sent, `${what} is as the app wrote it`);
    assert.deepEqual(opened.splice(0), expected === undefined ? [] : [expected], what);
  }
});

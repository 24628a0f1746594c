import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { WebSocket } from 'ws';
import { appNodes } from '../fixtures/nodes.ts';
import { closed } from '../support/closed.ts';
import { eventually } from '../support/eventually.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { scrapeText } from '../support/scrape.ts';
import { testFolder } from '../support/tiny-apps.ts';

/**
 * Answers with the number of bytes that it was sent, for 3 s at `/stream`, with 20 MB at `/large`; counts aborted bodies. Runs on Node 14 too.
 */
const source = `
const http = require('http');
let aborted = 0;
http.createServer((request, response) => {
  if (request.url === '/aborted') return response.end(String(aborted));
  if (request.url === '/stream') {
    let left = 6;
    const timer = setInterval(() => {
      response.write('.');
      if (--left > 0) return;
      clearInterval(timer);
      response.end('all');
    }, 500);
    return request.resume();
  }
  if (request.url === '/large') return response.end(Buffer.alloc(20e6));
  let length = 0;
  request.on('data', (chunk) => (length += chunk.length));
  request.on('aborted', () => (aborted += 1)).on('error', () => {});
  request.on('end', () => response.end('got ' + length));
}).on('upgrade', (request, socket) => {
  socket.on('error', () => {});
  const key = request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
  const accept = require('crypto').createHash('sha1').update(key).digest('base64');
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: ' + accept + '\\r\\n\\r\\n');
}).listen(process.env.PORT);
`;

async function serve(t: TestContext, args: string[], workers = 1): Promise<RunningApp> {
  const app = join(await testFolder(t), 'app.cjs');
  await writeFile(app, source);
  const running = await startRadiant({ app, args, workers });
  t.after(() => running.stop());
  return running;
}

/** All that is answered to what `send` writes, until the connection ends. */
async function said(port: number, send: (socket: net.Socket) => void): Promise<string> {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {});
  let answer = '';
  socket.setEncoding('utf8').on('data', (more: string) => (answer += more));
  socket.once('end', () => socket.end());
  send(socket);
  await closed(socket);
  return answer;
}

const head = (...fields: string[]): string => ['POST / HTTP/1.1', 'Host: x', ...fields, '', ''].join('\r\n');

const drip = (first: string, each: string) => (socket: net.Socket) => {
  socket.write(first);
  const timer = setInterval(() => socket.write(each), 100);
  socket.once('close', () => clearInterval(timer));
};

/** 15,000 bytes in 3 s. */
function upload(socket: net.Socket): void {
  let sent = 0;
  socket.write(head('Connection: close', 'Content-Length: 15000'));
  const timer = setInterval(() => {
    socket.write('x'.repeat(500));
    if ((sent += 500) === 15_000) clearInterval(timer);
  }, 100);
}

/** Who is slow gets 408; what takes long without being slow goes on. */
async function isSlow(t: TestContext, { port, url }: RunningApp): Promise<void> {
  const websocket = new WebSocket(url.replace('http', 'ws'));
  t.after(() => websocket.terminate());
  await once(websocket, 'open');
  const late = /HTTP\/1\.1 408 /;
  // As xhr_streaming: the request is complete, its answer lasts.
  const streamed = said(port, (socket) =>
    socket.write('POST /stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi'),
  );
  // Longer than the limit, but not slow: 30 times 500 bytes are another 30 s.
  const large = said(port, upload);
  const answers = await Promise.all([
    said(port, () => {}),
    said(port, drip('GET / HTTP/1.1\r\n', 'X: y\r\n')),
    said(port, drip('GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\n', 'X: y\r\n')),
    said(port, drip(head('Content-Length: 20000'), 'x')),
    // Its length lies: the rest never comes.
    said(port, (socket) => socket.write(`${head('Content-Length: 10')}abc`)),
  ]);
  for (const [index, answer] of answers.entries()) assert.match(answer, late, `answer ${index}`);
  assert.match(answers[2], /^HTTP\/1\.1 200 OK/, 'the request before was answered');
  assert.match(await large, /got 15000$/);
  assert.match(await streamed, /all\r\n0\r\n\r\n$/);
  assert.equal(websocket.readyState, WebSocket.OPEN, 'a WebSocket is no request');
}

/** Who takes nothing of an answer is cut off; who takes it slowly, but so that it ends, is not. */
async function takesNothing(t: TestContext, node: string): Promise<void> {
  // A test on a busy machine stands still for a while itself.
  const running = await serve(t, ['--node', node, '--request-timeout', '8s']);
  const { port } = running;
  const request = 'GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
  let read = 0;
  const slow = said(port, (socket) => {
    socket.on('data', (more: string) => {
      if ((read += more.length) > 15e6) return;
      socket.pause();
      setTimeout(() => socket.resume(), 20);
    });
    socket.write(request);
  });
  const stalled = net.connect({ port, host: '127.0.0.1' }).on('error', () => {});
  stalled.pause().write(request);
  assert.ok((await slow).length > 20e6);
  const untaken = /radiant_refused_total\{slot="1",reason="untaken"\} 1/;
  await eventually('it is cut off', async () => untaken.test(await scrapeText(running)));
  // What the kernel has is still there, and no more: the end comes in the middle.
  let taken = 0;
  stalled.on('data', (more) => (taken += more.length)).resume();
  await closed(stalled);
  assert.ok(taken < 20e6, `${taken} bytes`);
}

/** A body or a head that is too large is refused. */
async function isLarge({ port }: RunningApp): Promise<void> {
  const chunk = `1000\r\n${'x'.repeat(4096)}\r\n`;
  const [fits, tooLong, chunkedFits, chunked, endless] = await Promise.all([
    said(port, (socket) =>
      socket.write(`${head('Connection: close', 'Content-Length: 20480')}${'x'.repeat(20_480)}`),
    ),
    said(port, (socket) => socket.write(`${head('Content-Length: 5000000')}${'x'.repeat(100_000)}`)),
    said(port, (socket) =>
      socket.write(`${head('Connection: close', 'Transfer-Encoding: chunked')}${chunk}0\r\n\r\n`),
    ),
    said(port, (socket) => socket.write(head('Transfer-Encoding: chunked') + chunk.repeat(6))),
    said(port, (socket) => socket.write(`GET / HTTP/1.1\r\nX: ${'y'.repeat(5000)}`)),
  ]);
  assert.match(fits, /got 20480$/);
  assert.match(chunkedFits, /got 4096/);
  for (const answer of [tooLong, chunked]) {
    assert.match(answer, /^HTTP\/1\.1 413 /);
    assert.match(answer, /too large: at most 20480 bytes are taken\.\n$/);
  }
  assert.match(endless, /^HTTP\/1\.1 431 /);
  await eventually('the app sees a client that went away, and lives', async () => {
    const aborted = await said(port, (socket) =>
      socket.write('GET /aborted HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
    );
    return aborted.endsWith('\r\n\r\n1');
  });
}

for (const version of ['14.21.3', '26']) {
  test(`who is slow or sends too much is refused, on Node ${version}`, async (t) => {
    const [node] = await appNodes(version);
    const times = ['--head-timeout', '1s', '--request-timeout', '2s'];
    const sizes = ['--max-body', '20KB', '--max-head', '4KB'];
    const running = await serve(t, ['--node', node!.path, ...times, ...sizes]);
    // Those who are cut off for being slow are aborted too.
    await isLarge(running);
    await Promise.all([isSlow(t, running), takesNothing(t, node!.path)]);
    const metrics = await scrapeText(running);
    assert.match(metrics, /radiant_refused_total\{slot="1",reason="late"\} 5/);
    assert.match(metrics, /radiant_refused_total\{slot="1",reason="body"\} 2/);
  });
}

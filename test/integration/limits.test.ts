import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { WebSocket } from 'ws';
import { appNodes } from '../fixtures/nodes.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { scrapeText } from '../support/scrape.ts';
import { testFolder } from '../support/tiny-apps.ts';

/** Answers with the number of bytes that it was sent; counts aborted bodies. Runs on Node 14 too. */
const source = `
const http = require('http');
let aborted = 0;
http.createServer((request, response) => {
  if (request.url === '/aborted') return response.end(String(aborted));
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
  await once(socket, 'close');
  return answer;
}

const head = (...fields: string[]): string => ['POST / HTTP/1.1', 'Host: x', ...fields, '', ''].join('\r\n');

const drip = (first: string, each: string) => (socket: net.Socket) => {
  socket.write(first);
  const timer = setInterval(() => socket.write(each), 100);
  socket.once('close', () => clearInterval(timer));
};

for (const version of ['14.21.3', '26']) {
  test(`who is slow gets 408, on Node ${version}, and who is not goes on`, async (t) => {
    const [node] = await appNodes(version);
    const running = await serve(t, ['--node', node!.path, '--head-timeout', '1s', '--request-timeout', '2s']);
    const { port } = running;
    const websocket = new WebSocket(running.url.replace('http', 'ws'));
    t.after(() => websocket.terminate());
    await once(websocket, 'open');
    const late = /HTTP\/1\.1 408 /;
    const answers = await Promise.all([
      said(port, () => {}),
      said(port, drip('GET / HTTP/1.1\r\n', 'X: y\r\n')),
      said(port, drip('GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\n', 'X: y\r\n')),
      said(port, drip(head('Content-Length: 100000'), 'x')),
      // Its length lies: the rest never comes.
      said(port, (socket) => socket.write(`${head('Content-Length: 10')}abc`)),
    ]);
    for (const [index, answer] of answers.entries()) assert.match(answer, late, `answer ${index}`);
    assert.match(answers[2], /^HTTP\/1\.1 200 OK/, 'the request before was answered');
    // Longer than the limit, but not slow: 100 times 500 bytes are another 100 s.
    let sent = 0;
    const large = await said(port, (socket) => {
      socket.write(head('Connection: close', 'Content-Length: 15000'));
      const timer = setInterval(() => {
        socket.write('x'.repeat(500));
        if ((sent += 500) === 15_000) clearInterval(timer);
      }, 100);
    });
    assert.match(large, /got 15000$/);
    assert.equal(websocket.readyState, WebSocket.OPEN, 'a WebSocket is no request');
    const metrics = await scrapeText(running);
    assert.match(metrics, /radiant_refused_total\{slot="1",reason="late"\} 5/);
  });
}

for (const version of ['14.21.3', '26']) {
  test(`a body or a head that is too large is refused, on Node ${version}`, async (t) => {
    const [node] = await appNodes(version);
    const running = await serve(t, ['--node', node!.path, '--max-body', '2KB', '--max-head', '4KB']);
    const { port } = running;
    const chunk = `400\r\n${'x'.repeat(1024)}\r\n`;
    const [fits, tooLong, chunkedFits, chunked, endless] = await Promise.all([
      said(port, (socket) =>
        socket.write(`${head('Connection: close', 'Content-Length: 2048')}${'x'.repeat(2048)}`),
      ),
      said(port, (socket) => socket.write(`${head('Content-Length: 5000000')}${'x'.repeat(100_000)}`)),
      said(port, (socket) =>
        socket.write(`${head('Connection: close', 'Transfer-Encoding: chunked')}${chunk}0\r\n\r\n`),
      ),
      said(port, (socket) => socket.write(head('Transfer-Encoding: chunked') + chunk.repeat(3))),
      said(port, (socket) => socket.write(`GET / HTTP/1.1\r\nX: ${'y'.repeat(5000)}`)),
    ]);
    assert.match(fits, /got 2048$/);
    assert.match(chunkedFits, /got 1024/);
    for (const answer of [tooLong, chunked]) {
      assert.match(answer, /^HTTP\/1\.1 413 /);
      assert.match(answer, /too large: at most 2048 bytes are taken\.\n$/);
    }
    assert.match(endless, /^HTTP\/1\.1 431 /);
    const aborted = await said(port, (socket) =>
      socket.write('GET /aborted HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
    );
    assert.match(aborted, /\r\n\r\n1$/, 'the app sees a client that went away, and lives');
    assert.match(await scrapeText(running), /radiant_refused_total\{slot="1",reason="body"\} 2/);
  });
}

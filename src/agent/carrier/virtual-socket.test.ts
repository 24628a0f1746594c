import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { test } from 'node:test';
import { type StreamEnd, windowBytes } from './stream.ts';
import { VirtualSocket } from './virtual-socket.ts';

/** What the other end of a virtual socket hears. */
class Peer implements StreamEnd {
  text = '';
  credited = 0;
  readonly told: string[] = [];
  readonly #heard: (() => void)[] = [];

  async until(isSo: () => boolean): Promise<void> {
    // oxlint-disable-next-line no-await-in-loop -- one word after the other
    while (!isSo()) await new Promise<void>((resolve) => this.#heard.push(resolve));
  }
  #tell(word: string): void {
    this.told.push(word);
    for (const resolve of this.#heard.splice(0)) resolve();
  }
  data(bytes: Buffer): void {
    this.text += bytes.toString('latin1');
    this.#tell('data');
  }
  last(): void {}
  began(): void {
    this.#tell('began');
  }
  answered(status: number, last: boolean): void {
    this.#tell(`answered ${status}${last ? ' last' : ''}`);
  }
  credit(bytes: number): void {
    this.credited += bytes;
    this.#tell('credit');
  }
  end(): void {
    this.#tell('end');
  }
  abort(): void {
    this.#tell('abort');
  }
  gone(): void {
    this.#tell('gone');
  }
}

test('a net server reads and writes on it, half-closes it, and sees the other end go', async () => {
  const server = new net.Server({ allowHalfOpen: true });
  const peer = new Peer();
  const socket = new VirtualSocket(peer, true);
  server.emit('connection', socket);
  assert.deepEqual([socket.connecting, socket.pending, socket.readyState], [false, false, 'open']);
  socket.input.data(Buffer.from('hello'));
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  assert.equal(bytes.toString(), 'hello');
  await peer.until(() => peer.credited === 5);
  socket.cork();
  socket.write('a\xe9', 'latin1');
  socket.write(Buffer.from('b'));
  socket.uncork();
  assert.equal(peer.text, 'a\xe9b');
  assert.deepEqual([socket.bytesRead, socket.bytesWritten], [5, 3]);
  socket.input.end();
  await once(socket, 'end');
  socket.end('c');
  await once(socket, 'close');
  assert.equal(peer.text, 'a\xe9bc');
  assert.deepEqual(
    peer.told.filter((word) => word === 'end' || word === 'abort'),
    ['end', 'abort'],
  );
});

test('what it may not send yet waits, and so does the writer', async () => {
  const peer = new Peer();
  const socket = new VirtualSocket(peer, true);
  let written = false;
  socket.write(Buffer.alloc(windowBytes + 1), () => (written = true));
  await new Promise(setImmediate);
  assert.deepEqual([peer.text.length, written, socket.writableNeedDrain], [windowBytes, false, true]);
  const drained = once(socket, 'drain');
  socket.input.credit(1);
  await drained;
  assert.deepEqual([peer.text.length, written], [windowBytes + 1, true]);
  socket.input.gone();
  await once(socket, 'close');
});

test('a reader that has stopped gets no credit', async () => {
  const peer = new Peer();
  const socket = new VirtualSocket(peer, true);
  socket.on('data', () => socket.pause());
  socket.input.data(Buffer.alloc(10));
  socket.input.data(Buffer.alloc(socket.readableHighWaterMark));
  await new Promise(setImmediate);
  assert.equal(peer.credited, 0);
  socket.resume();
  await peer.until(() => peer.credited > 10);
  socket.destroy();
});

test('that an answer is complete is said behind its bytes and ahead of the next one', async () => {
  const peer = new Peer();
  const server = http.createServer((request, response) => {
    socket.requestBegan(response);
    if (request.url === '/first') setImmediate(() => response.end('first'));
    else response.end('second');
  });
  const socket = new VirtualSocket(peer, true);
  server.emit('connection', socket);
  socket.input.data(
    Buffer.from('GET /first HTTP/1.1\r\nHost: a\r\n\r\nGET /second HTTP/1.1\r\nHost: a\r\n\r\n'),
  );
  await peer.until(() => peer.told.filter((word) => word.startsWith('answered')).length === 2);
  const order = peer.told.filter((word) => /data|answered/.test(word));
  assert.equal(order.indexOf('answered 200') < order.lastIndexOf('data'), true, order.join());
  assert.equal(order.at(-1), 'answered 200');
  assert.match(peer.text, /first[^]*second$/);
  socket.retireIfIdle();
  await once(socket, 'close');
  assert.deepEqual(
    peer.told.filter((word) => /end|abort|gone/.test(word)),
    ['gone'],
  );
});

test('between two requests no idle time ends it', async () => {
  const peer = new Peer();
  const server = http.createServer({ keepAliveTimeout: 1 }, (_request, response) => {
    socket.requestBegan(response);
    response.end();
  });
  const socket = new VirtualSocket(peer, true);
  server.emit('connection', socket);
  const ask = Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  socket.input.data(ask);
  await peer.until(() => peer.told.includes('answered 200'));
  // Both timers are of the same kind: the one that was set later ends later.
  const other = new net.Socket().setTimeout(1_500);
  await once(other, 'timeout');
  assert.equal(socket.destroyed, false);
  socket.destroy();
});

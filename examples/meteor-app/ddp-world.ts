import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import type { TestContext } from 'node:test';

const require = createRequire(import.meta.url);
const { createServer } = require('./server/ddp/resumable-server.js');
const { createPackages } = require('./server/ddp/packages.js');

/** The example's DDP server without HTTP; its sockets are made by `createSocket`. */
export function createTestServer(options: object = { disconnectGracePeriod: 0 }) {
  const accept: ((socket: unknown) => void)[] = [];
  const server = createServer(options, { register: (callback: () => void) => accept.push(callback) });
  const packages = createPackages({ server, httpServer: null, release: 'METEOR@3.0.2', settings: {} });
  return { server, packages, accept };
}

/** A socket as SockJS gives it, without a network; it keeps what the server sends. */
class TestSocket extends EventEmitter {
  headers = {};
  url = '/sockjs/000/test/websocket';
  remoteAddress = '127.0.0.1';
  sent: string[] = [];
  isClosed = false;
  // oxlint-disable-next-line typescript/no-explicit-any -- the server's own JavaScript
  _meteorSession: any;

  send(text: string) {
    this.sent.push(text);
  }

  setWebsocketTimeout() {}

  close() {
    if (this.isClosed) return;
    this.isClosed = true;
    this.emit('close');
  }

  receive(message: object | string) {
    this.emit('data', typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** What was sent since the last time, once nothing happens any more. */
  async take(): Promise<string[]> {
    await settled();
    return this.sent.splice(0);
  }
}

/** A socket with a session, without the `connected` message; it is closed when the test ends. */
export function createSocket(t: TestContext, { accept }: ReturnType<typeof createTestServer>) {
  const socket = new TestSocket();
  t.after(() => {
    const session = socket._meteorSession;
    if (session) session.connectionHandle.close();
  });
  for (const callback of accept) callback(socket);
  socket.receive({ msg: 'connect', version: '1', support: ['1'] });
  socket.sent.splice(0, 1);
  return socket;
}

/** Resolves when all that has been started without a timer is done. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}

import { chmodSync } from 'node:fs';
import net from 'node:net';

import { isFull } from './internals.ts';

/** What a sibling says of the connection that it forwards for: one line of JSON ahead of the HTTP bytes. */
interface Origin {
  remoteAddress: string | undefined;
  remotePort: number | undefined;
  remoteFamily: string | undefined;
  localAddress: string | undefined;
  localPort: number | undefined;
  encrypted: boolean;
}

const origin = (socket: net.Socket): Origin => ({
  remoteAddress: socket.remoteAddress,
  remotePort: socket.remotePort,
  remoteFamily: socket.remoteFamily,
  localAddress: socket.localAddress,
  localPort: socket.localPort,
  encrypted: 'encrypted' in socket,
});

/** Makes `socket` answer with the addresses of another connection. */
export function presentAs(socket: net.Socket, addresses: Partial<Omit<Origin, 'encrypted'>>): void {
  for (const [name, value] of Object.entries(addresses)) {
    Object.defineProperty(socket, name, { value, configurable: true, enumerable: true, writable: true });
  }
}

/** Opens a connection to a sibling on behalf of `client`. */
export function connectSibling(path: string, client: net.Socket): net.Socket {
  const socket = net.connect({ path, allowHalfOpen: true });
  socket.write(`${JSON.stringify(origin(client))}\n`);
  return socket;
}

const longestPreamble = 4096;

function readPreamble(socket: net.Socket, done: (origin: Origin, rest: Buffer) => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  const read = (chunk: Buffer): void => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    const end = bytes.indexOf(10);
    if (end < 0) {
      if (bytes.length > longestPreamble) socket.destroy();
      return;
    }
    socket.removeListener('data', read);
    done(JSON.parse(bytes.toString('utf8', 0, end)) as Origin, bytes.subarray(end + 1));
  };
  socket.on('data', read);
}

/**
 * Listens for the siblings, in a folder that only workers can enter: so what its connections say of the client
 * is trusted, and what they ask for is not forwarded again.
 */
export function listenForSiblings(
  path: string,
  app: net.Server,
  serve: (socket: net.Socket, bytes: Buffer) => void,
): net.Server {
  const server = new net.Server({ allowHalfOpen: true }, (socket) => {
    if (isFull(app)) {
      socket.destroy();
      return;
    }
    socket.on('error', () => {});
    readPreamble(socket, ({ encrypted, ...addresses }, rest) => {
      presentAs(socket, addresses);
      if (encrypted) Object.defineProperty(socket, 'encrypted', { value: true, configurable: true });
      serve(socket, rest);
    });
  });
  server.listen(path, 4096);
  chmodSync(path, 0o600);
  server.unref();
  return server;
}

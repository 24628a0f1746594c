import { once } from 'node:events';
import type net from 'node:net';
import { connectTo } from '../secure.ts';
import type { Load } from '../load.ts';
import { oneAtATime } from './one-at-a-time.ts';

const request = 'GET / HTTP/1.1\r\nHost: bench.test\r\n\r\n';

/** HTTP requests over so many connections that stay open, one request at a time on each. */
export const keepAlive =
  (connections: number): Load =>
  async ({ ports, secure = false }) => {
    const sockets = await Promise.all(
      Array.from({ length: connections }, (_, i) => connect(ports[i % ports.length]!, secure)),
    );
    return oneAtATime(sockets, { next: () => request });
  };

async function connect(port: number, secure: boolean): Promise<net.Socket> {
  const { socket, ready } = connectTo(port, secure);
  socket.setEncoding('latin1');
  await once(socket, ready);
  return socket;
}

import { once } from 'node:events';
import net from 'node:net';
import type { Running } from '../contender.ts';
import type { Load } from '../load.ts';
import { oneAtATime } from './one-at-a-time.ts';

/** Files over so many connections that stay open, one after the other; `paths` is asked when the clients start. */
export const files =
  (connections: number, acceptEncoding: string): Load =>
  async (target) => {
    const requests = (target.paths ?? ['/']).map(
      (path) => `GET ${path} HTTP/1.1\r\nHost: bench.test\r\nAccept-Encoding: ${acceptEncoding}\r\n\r\n`,
    );
    let count = 0;
    const next = (): string => requests[(count += 1) % requests.length]!;
    const sockets = await Promise.all(Array.from({ length: connections }, (_, i) => connect(target, i)));
    return oneAtATime(sockets, {
      next,
      saw: (answer, run) => {
        if (neverChanges.test(answer.slice(0, headBytes))) run.immutable += 1;
      },
    });
  };

const neverChanges = /^(?:[^\r\n]+\r\n)*?cache-control:[^\r\n]*\bimmutable\b/i;
const headBytes = 1_000;

async function connect({ ports }: Running, i: number): Promise<net.Socket> {
  const port = ports[i % ports.length]!;
  const socket = net.connect({ host: '127.0.0.1', port, noDelay: true }).setEncoding('latin1');
  await once(socket, 'connect');
  return socket;
}

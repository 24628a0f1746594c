import { once } from 'node:events';
import net from 'node:net';
import type { Running } from '../contender.ts';
import { Run, type Clients, type Load } from '../load.ts';
import { answerLength } from './answer.ts';

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
    return clientsOf(sockets, next);
  };

const neverChanges = /^(?:[^\r\n]+\r\n)*?cache-control:[^\r\n]*\bimmutable\b/i;
const headBytes = 1_000;

async function connect({ ports }: Running, i: number): Promise<net.Socket> {
  const port = ports[i % ports.length]!;
  const socket = net.connect({ host: '127.0.0.1', port, noDelay: true }).setEncoding('latin1');
  await once(socket, 'connect');
  return socket;
}

function clientsOf(sockets: net.Socket[], next: () => string): Clients {
  let run = new Run(0);
  const speakers = sockets.map((socket) => {
    let pending = '';
    let started = 0;
    const ask = (): void => {
      if (!run.take()) return;
      started = performance.now();
      socket.write(next());
    };
    socket.on('data', (text: string) => {
      pending += text;
      try {
        const length = answerLength(pending);
        if (length === 0) return;
        if (neverChanges.test(pending.slice(0, headBytes))) run.immutable += 1;
        pending = pending.slice(length);
      } catch (error) {
        run.fail(error as Error);
        return;
      }
      run.answered(started);
      ask();
    });
    socket.on('error', (error) => run.fail(error));
    socket.on('close', () => run.fail(new Error('a connection for files was closed')));
    return ask;
  });
  return {
    run: (requests) => {
      run = new Run(requests);
      for (const ask of speakers) ask();
      return run.finished;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

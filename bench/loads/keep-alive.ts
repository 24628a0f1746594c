import { once } from 'node:events';
import type net from 'node:net';
import { connectTo } from '../secure.ts';
import { Run, type Clients, type Load } from '../load.ts';
import { answerLength } from './answer.ts';

const request = 'GET / HTTP/1.1\r\nHost: bench.test\r\n\r\n';

/** HTTP requests over so many connections that stay open, one request at a time on each. */
export const keepAlive =
  (connections: number): Load =>
  async ({ ports, secure = false }) => {
    const sockets = await Promise.all(
      Array.from({ length: connections }, (_, i) => connect(ports[i % ports.length]!, secure)),
    );
    return clientsOf(sockets);
  };

async function connect(port: number, secure: boolean): Promise<net.Socket> {
  const { socket, ready } = connectTo(port, secure);
  socket.setEncoding('latin1');
  await once(socket, ready);
  return socket;
}

function clientsOf(sockets: net.Socket[]): Clients {
  let run = new Run(0);
  const next = sockets.map((socket) => {
    let pending = '';
    let started = 0;
    const ask = (): void => {
      if (!run.take()) return;
      started = performance.now();
      socket.write(request);
    };
    socket.on('data', (text: string) => {
      pending += text;
      try {
        const length = answerLength(pending);
        if (length === 0) return;
        pending = pending.slice(length);
      } catch (error) {
        run.fail(error as Error);
        return;
      }
      run.answered(started);
      ask();
    });
    socket.on('error', (error) => run.fail(error));
    socket.on('close', () => run.fail(new Error('a keep-alive connection was closed')));
    return ask;
  });
  return {
    run: (requests) => {
      run = new Run(requests);
      for (const ask of next) ask();
      return run.finished;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

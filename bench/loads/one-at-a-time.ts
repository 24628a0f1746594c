import type net from 'node:net';
import { Run, type Clients } from '../load.ts';
import { answerLength } from './answer.ts';

/** The HTTP requests of one scenario, and what is looked at in their answers. Clients are told by their index. */
export interface Asking {
  next(client: number): string;
  /** An answer, whole, with what may follow it. */
  saw?(answer: string, run: Run, client: number): void;
}

/** Clients on open connections, which read as latin1: each asks again when it has its answer. */
export function oneAtATime(sockets: net.Socket[], { next, saw }: Asking): Clients {
  let run = new Run(0);
  const clients = sockets.map((socket, client) => {
    let pending = '';
    let started = 0;
    const ask = (): void => {
      if (!run.take()) return;
      started = performance.now();
      socket.write(next(client));
    };
    socket.on('data', (text: string) => {
      pending += text;
      try {
        const length = answerLength(pending);
        if (length === 0) return;
        saw?.(pending, run, client);
        pending = pending.slice(length);
      } catch (error) {
        run.fail(error as Error);
        return;
      }
      run.answered(started);
      ask();
    });
    socket.on('error', (error) => run.fail(error));
    socket.on('close', () => run.fail(new Error('a connection that is kept open was closed')));
    return ask;
  });
  return {
    run: (requests) => {
      run = new Run(requests);
      for (const ask of clients) ask();
      return run.finished;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

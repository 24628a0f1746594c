import type net from 'node:net';
import type tls from 'node:tls';
import type { WorkerCookie } from '../contender.ts';
import { connectTo } from '../secure.ts';
import { Run, type Load } from '../load.ts';

/**
 * A connection for each HTTP request, so many at a time; with `cookies` each names a worker, one after the other. With
 * `resume` all but the first ones resume a TLS session of theirs.
 */
export const newConnections =
  (atOnce: number, cookies: boolean, resume = false): Load =>
  async (target) => {
    const requests = (cookies ? target.cookies : [undefined]).map(requestWith);
    const open = new Set<net.Socket>();
    /** The latest session, by port: processes that share no keys resume only their own. */
    const sessions = new Map<number, Buffer>();
    let count = 0;
    const ask = (run: Run): void => {
      if (!run.take()) return;
      count += 1;
      const { bytes, home } = requests[count % requests.length]!;
      const started = performance.now();
      const port = target.ports[count % target.ports.length]!;
      let answer = '';
      const session = sessions.get(port);
      const { socket, ready } = connectTo(port, target.secure ?? false, session);
      socket.setEncoding('latin1');
      open.add(socket);
      if (resume) socket.once('session', (ticket: Buffer) => sessions.set(port, ticket));
      socket.once(ready, () => {
        if (session !== undefined && !(socket as tls.TLSSocket).isSessionReused())
          run.fail(new Error('a TLS session was not resumed'));
      });
      socket.write(bytes);
      socket.on('data', (text: string) => (answer += text));
      socket.on('error', (error) => run.fail(error));
      socket.on('close', () => {
        open.delete(socket);
        if (!answer.startsWith('HTTP/1.1 200 ')) run.fail(new Error(`a wrong answer: "${answer}"`));
        if (home !== undefined && answer.includes(home)) run.atHome += 1;
        run.answered(started);
        ask(run);
      });
    };
    return {
      run: (requestCount) => {
        const run = new Run(requestCount);
        for (let i = 0; i < atOnce; i += 1) ask(run);
        return run.finished;
      },
      close: () => {
        for (const socket of open) socket.destroy();
      },
    };
  };

/** `home` is what the worker that the cookie names answers with. */
function requestWith(cookie: WorkerCookie | undefined): { bytes: string; home: string | undefined } {
  const field = cookie === undefined ? '' : `Cookie: ${cookie.header}\r\n`;
  return {
    bytes: `GET / HTTP/1.1\r\nHost: bench.test\r\nConnection: close\r\n${field}\r\n`,
    home: cookie === undefined ? undefined : `Hello from ${cookie.pid}\n`,
  };
}

import net from 'node:net';
import type { WorkerCookie } from '../contender.ts';
import { Run, type Load } from '../load.ts';

/** A connection for each HTTP request, so many at a time; with `cookies` each names a worker, one after the other. */
export const newConnections =
  (atOnce: number, cookies: boolean): Load =>
  async (target) => {
    const requests = (cookies ? target.cookies : [undefined]).map(requestWith);
    const open = new Set<net.Socket>();
    let count = 0;
    const ask = (run: Run): void => {
      if (!run.take()) return;
      count += 1;
      const { bytes, home } = requests[count % requests.length]!;
      const started = performance.now();
      const port = target.ports[count % target.ports.length]!;
      let answer = '';
      const socket = net.connect({ host: '127.0.0.1', port }).setEncoding('latin1');
      open.add(socket);
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

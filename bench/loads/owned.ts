import { once } from 'node:events';
import http2 from 'node:http2';
import type net from 'node:net';
import type { Running } from '../contender.ts';
import { Run, type Clients, type Load } from '../load.ts';
import { connectTo, secureOptions } from '../secure.ts';
import { oneAtATime } from './one-at-a-time.ts';

/** What is asked for on one connection, and what the worker answers that shall answer it. */
interface Asked {
  cookie: string;
  home: string;
}

/** The worker that `hello` comes from has the connection; whose cookie its requests carry follows from that. */
function askedAfter(hello: string, { cookies, owner }: Running): Asked {
  const holder = cookies.find(({ pid }) => hello === helloFrom(pid));
  const other = cookies.find((cookie) => cookie !== holder);
  const worker = owner === 'another' ? other : holder;
  if (holder === undefined || worker === undefined) throw new Error(`nobody is known who says "${hello}"`);
  return { cookie: worker.header, home: helloFrom(worker.pid) };
}

const helloFrom = (pid: number): string => `Hello from ${pid}\n`;

const strayed = (): Error => new Error('another worker answered than the one that the cookie names');

/**
 * HTTP requests over so many connections that stay open, one at a time on each: all with a cookie of the worker that
 * has accepted the connection, or all with one of another worker, as the contender says.
 */
export const owned =
  (connections: number): Load =>
  async (target) => {
    const { ports, secure = false } = target;
    const clients = await Promise.all(
      Array.from({ length: connections }, async () => {
        const { socket, ready } = connectTo(ports[0]!, secure);
        await once(socket.setEncoding('latin1'), ready);
        return { socket, ...askedAfter(await anonymously(socket), target) };
      }),
    );
    const requests = clients.map(
      ({ cookie }) => `GET / HTTP/1.1\r\nHost: bench.test\r\nCookie: ${cookie}\r\n\r\n`,
    );
    return oneAtATime(
      clients.map(({ socket }) => socket),
      {
        next: (client) => requests[client]!,
        saw: (answer, run, client) => {
          if (!answer.includes(clients[client]!.home)) throw strayed();
          run.atHome += 1;
        },
      },
    );
  };

/** Asks without a cookie; the body of the answer, which ends with a line. */
async function anonymously(socket: net.Socket): Promise<string> {
  socket.write('GET / HTTP/1.1\r\nHost: bench.test\r\n\r\n');
  const [answer] = (await once(socket, 'data')) as [string];
  return /Hello from \d+\n/.exec(answer)?.[0] ?? answer;
}

/** The same over HTTP/2: so many connections, with so many streams at a time on each. */
export const ownedStreams =
  (connections: number, streams: number): Load =>
  async (target) => {
    const clients = await Promise.all(
      Array.from({ length: connections }, async () => {
        const session = http2.connect(`https://127.0.0.1:${target.ports[0]!}`, {
          ...secureOptions,
          ALPNProtocols: ['h2'],
        });
        const hello = await new Promise<string>((resolve) => askStream(session, {}, resolve));
        return { session, ...askedAfter(hello, target) };
      }),
    );
    return streamsAtATime(clients, streams);
  };

function askStream(
  session: http2.ClientHttp2Session,
  fields: http2.OutgoingHttpHeaders,
  answered: (body: string) => void,
): void {
  let body = '';
  const stream = session.request({ ':path': '/', ...fields });
  stream.setEncoding('latin1').on('data', (text: string) => (body += text));
  stream.on('close', () => answered(body));
}

function streamsAtATime(
  clients: (Asked & { session: http2.ClientHttp2Session })[],
  streams: number,
): Clients {
  let run = new Run(0);
  for (const { session } of clients) {
    session.on('error', (error) => run.fail(error));
    session.on('close', () => run.fail(new Error('a connection that is kept open was closed')));
  }
  const ask = (client: (typeof clients)[number]): void => {
    if (!run.take()) return;
    const started = performance.now();
    askStream(client.session, { cookie: client.cookie }, (body) => {
      if (body !== client.home) {
        run.fail(strayed());
        return;
      }
      run.atHome += 1;
      run.answered(started);
      ask(client);
    });
  };
  return {
    run: (requests) => {
      run = new Run(requests);
      for (const client of clients) for (let i = 0; i < streams; i += 1) ask(client);
      return run.finished;
    },
    close: () => {
      for (const { session } of clients) session.destroy();
    },
  };
}

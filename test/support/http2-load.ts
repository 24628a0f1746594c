import http2 from 'node:http2';
import { pause } from './http-load.ts';

/** The server says that it has not looked at such a stream: it can be asked for again (RFC 9113, 8.7). */
const refused = http2.constants.NGHTTP2_REFUSED_STREAM;

export interface Http2Failure {
  error: string;
  /** The worker of its connection, as far as that was known. */
  pid: number | undefined;
}

/** A client's connection, and whose it is. */
interface Connection {
  session: http2.ClientHttp2Session;
  pid: number | undefined;
}

/** Clients of HTTP/2, each with one connection and some streams at a time, as browsers have them. */
export class Http2Load {
  readonly failures: Http2Failure[] = [];
  /** By the worker that answered. */
  readonly pids = new Map<number, number>();
  answered = 0;
  /** Connections that were told to go. */
  farewells = 0;
  /** Streams that had to be asked for again on a new connection. */
  repeated = 0;
  readonly #url: string;
  readonly #paths: readonly string[];
  readonly #loops: Promise<void>[];
  readonly #connections = new Set<Connection>();
  #running = true;

  /** Each client asks for all `paths`, each again and again; answers are JSON with the `pid` of the worker. */
  constructor(url: string, clients: number, paths: readonly string[]) {
    this.#url = url;
    this.#paths = paths;
    this.#loops = Array.from({ length: clients }, () => this.#client());
  }

  /** Ends after the requests that are under way. */
  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#loops);
    for (const { session } of this.#connections) session.close();
  }

  /** Streams that are open on connections of this worker, or of none that is known. */
  openWith(pid: number): number {
    let open = 0;
    for (const connection of this.#connections) {
      if (connection.pid === undefined || connection.pid === pid) open += this.#paths.length;
    }
    return open;
  }

  async #client(): Promise<void> {
    let connection = this.#connect();
    const current = (): Connection => {
      const { session } = connection;
      if (session.closed || session.destroyed) connection = this.#connect();
      return connection;
    };
    await Promise.all(this.#paths.map((path) => this.#loop(path, current)));
  }

  #connect(): Connection {
    const session = http2.connect(this.#url);
    const connection: Connection = { session, pid: undefined };
    this.#connections.add(connection);
    session.on('error', () => {}); // its streams say so
    session.on('goaway', () => (this.farewells += 1));
    session.on('close', () => this.#connections.delete(connection));
    return connection;
  }

  async #loop(path: string, current: () => Connection): Promise<void> {
    while (this.#running) {
      // oxlint-disable-next-line no-await-in-loop -- one request after the other
      await this.#ask(path, current());
      // oxlint-disable-next-line no-await-in-loop
      await pause(5);
    }
  }

  #ask(path: string, connection: Connection): Promise<void> {
    return new Promise((resolve) => {
      let status = 0;
      let body = '';
      const stream = connection.session.request({ ':path': path });
      stream.setEncoding('utf8').on('data', (text: string) => (body += text));
      stream.on('response', (headers) => (status = Number(headers[':status'])));
      stream.on('error', () => {}); // it closes with it
      stream.on('close', () => {
        if (stream.rstCode === refused) this.repeated += 1;
        else if (status === 200 && body.endsWith('}'))
          this.#took(connection, JSON.parse(body) as { pid: number });
        else this.failures.push({ error: `status ${status}, code ${stream.rstCode}`, pid: connection.pid });
        resolve();
      });
    });
  }

  #took(connection: Connection, { pid }: { pid: number }): void {
    this.answered += 1;
    connection.pid = pid;
    this.pids.set(pid, (this.pids.get(pid) ?? 0) + 1);
  }
}

import type { StreamEnd } from '../carrier/stream.ts';
import { AppConnection, Http2Exchange, type Opened } from './http2-exchange.ts';
import { failStream, refuseStream } from './http2-streams.ts';

/** Has the streams of one client answered over HTTP/1.1, on connections to the app that `connect` opens in memory. */
export class Http2Carrier {
  readonly #connect: (end: StreamEnd) => StreamEnd;
  readonly #idle: AppConnection[] = [];
  readonly #busy = new Set<AppConnection>();

  constructor(connect: (end: StreamEnd) => StreamEnd) {
    this.#connect = connect;
  }

  /** Nobody waits for an answer any more. */
  end(): void {
    for (const connection of [...this.#busy, ...this.#idle]) connection.close();
    this.#busy.clear();
    this.#idle.length = 0;
  }

  carry(opened: Opened): void {
    const connection = this.#connection();
    if (connection.over) {
      failStream(opened.stream); // the app takes no connection
      return;
    }
    this.#busy.add(connection);
    const exchange = new Http2Exchange(opened, connection, (free) => {
      if (this.#busy.delete(connection) && free) this.#idle.push(connection);
    });
    if (exchange.start()) return;
    connection.close();
    this.#busy.delete(connection);
    refuseStream(opened.stream, 400);
  }

  #connection(): AppConnection {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (!idle.over) return idle;
    }
    return new AppConnection(this.#connect);
  }
}

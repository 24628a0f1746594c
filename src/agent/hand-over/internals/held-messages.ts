import type { SockJsConnection } from './sockjs.ts';

/** What a session says while nobody is to hear it: kept until it is released, or dropped. */
export class HeldMessages {
  readonly texts: string[] = [];
  readonly #connection: SockJsConnection;
  readonly #send: SockJsConnection['send'];

  constructor(connection: SockJsConnection) {
    this.#connection = connection;
    this.#send = connection.send;
    connection.send = (text) => void this.texts.push(text);
  }

  /** Says `texts`, and from now on whatever the session says. */
  release(texts: readonly string[]): void {
    this.#connection.send = this.#send;
    for (const text of texts) this.#send.call(this.#connection, text);
  }
}

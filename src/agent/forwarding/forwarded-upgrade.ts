import type { IncomingMessage } from 'node:http';
import type net from 'node:net';

import { guardedEnd } from '../carrier/guarded-end.ts';
import { SendWindow } from '../carrier/send-window.ts';
import type { StreamEnd } from '../carrier/stream.ts';
import { guarded } from '../runtime/guard.ts';
import { hear } from '../runtime/sockets.ts';
import { forwardedHead } from '../http/request-bytes.ts';

/**
 * A connection that was upgraded, which its owner serves: all that it carries goes there and back. What the client sent
 * behind its head (`rest`) follows when the owner has begun; until then somebody else can serve it.
 */
export class ForwardedUpgrade {
  readonly #client: net.Socket;
  readonly #output: StreamEnd;
  readonly #window: SendWindow;
  readonly #rest: Buffer;
  readonly #serveElsewhere: () => void;
  readonly #clientGone = guarded('socket', (): void => this.#output.gone());
  #begun = false;
  #over = false;

  constructor(
    request: IncomingMessage,
    client: net.Socket,
    rest: Buffer,
    connect: (end: StreamEnd) => StreamEnd,
    serveElsewhere: () => void,
  ) {
    this.#client = client;
    this.#rest = rest;
    this.#serveElsewhere = serveElsewhere;
    const lost = (): void => this.#lost();
    const end = {
      data: (bytes: Buffer) => this.#answer(bytes),
      last: () => {},
      began: () => this.#begin(),
      answered: () => {},
      credit: (bytes: number) => this.#window.credit(bytes),
      end: () => void client.end(),
      abort: lost,
      gone: lost,
    };
    this.#output = connect(guardedEnd(end, client));
    this.#window = new SendWindow(this.#output);
    client.on('error', ignore); // it closes with it
    client.on('close', this.#clientGone);
    this.#window.send(forwardedHead(request), () => {});
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    const client = this.#client;
    const send = (bytes: Buffer): void => {
      let sent = false;
      this.#window.send(bytes, () => {
        if (sent) client.resume();
        sent = true;
      });
      if (!sent) client.pause();
      sent = true;
    };
    if (this.#rest.length > 0) send(this.#rest);
    hear(client, 'data', send);
    // It may have ended before.
    if (client.readableEnded) this.#output.end();
    else hear(client, 'end', () => this.#output.end());
    client.resume();
  }

  #answer(bytes: Buffer): void {
    this.#begin();
    this.#client.write(bytes, () => this.#output.credit(bytes.length));
  }

  #lost(): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#begun) {
      this.#client.destroySoon();
      return;
    }
    this.#client.removeListener('error', ignore);
    this.#client.removeListener('close', this.#clientGone);
    this.#output.gone();
    if (!this.#client.destroyed) this.#serveElsewhere();
  }
}

function ignore(): void {}

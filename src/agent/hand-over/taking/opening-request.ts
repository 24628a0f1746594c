import type { IncomingMessage } from 'node:http';
import type net from 'node:net';

import type { Addresses } from '../../../protocol/messages.ts';
import { guardedEnd } from '../../carrier/guarded-end.ts';
import type { OpenStream, StreamEnd } from '../../carrier/stream.ts';
import { handOver } from '../../runtime/async-context.ts';
import { guarded } from '../../runtime/guard.ts';

/** They are the connection's, or of a body that is not sent again. */
const left = new Set([
  'connection',
  'content-length',
  'content-type',
  'expect',
  'keep-alive',
  'te',
  'transfer-encoding',
  'upgrade',
]);

/** A request that opens the session of SockJS which another one belongs to, by the same client. */
export function openingHead({ url, rawHeaders }: IncomingMessage): Buffer {
  const path = url!.split('?')[0]!;
  let text = `POST ${path.slice(0, path.lastIndexOf('/'))}/xhr HTTP/1.1\r\n`;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (!left.has(rawHeaders[i]!.toLowerCase())) text += `${rawHeaders[i]}: ${rawHeaders[i + 1]}\r\n`;
  }
  return Buffer.from(`${text}Content-Length: 0\r\nConnection: close\r\n\r\n`, 'latin1');
}

/** Asks the app here for the client at `addresses`, on a connection like that of a peer. `done`: all that was answered. */
export function askApp(
  openStream: OpenStream,
  head: Buffer,
  addresses: Addresses,
  done: (answer: string) => void,
): void {
  const pieces: Buffer[] = [];
  let stream: StreamEnd | undefined;
  let over = false;
  const ended = guarded('ddp', (): void => {
    if (over) return;
    over = true;
    stream?.gone();
    done(Buffer.concat(pieces).toString('latin1'));
  });
  const end = {
    data: (bytes: Buffer) => {
      pieces.push(bytes);
      stream?.credit(bytes.length);
    },
    last: () => {},
    began: () => {},
    answered: () => {},
    credit: () => {},
    end: ended,
    abort: ended,
    gone: ended,
  };
  handOver(() => {
    stream = openStream(addresses as net.Socket, guardedEnd(end, { destroy: ended }));
    stream.data(head);
  });
}

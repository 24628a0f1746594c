import type net from 'node:net';

import { Lines } from '../../../protocol/lines.ts';
import { hear } from '../../runtime/sockets.ts';

/** Calls `take` with each line that comes; gives what takes bytes that had come before. */
export function onLines(socket: net.Socket, take: (line: string) => void): (bytes: Buffer) => void {
  const lines = new Lines();
  // As latin1 no character is cut in two.
  const read = (bytes: Buffer): void => {
    for (const line of lines.take(bytes.toString('latin1'))) take(Buffer.from(line, 'latin1').toString());
  };
  hear(socket, 'data', read);
  return read;
}

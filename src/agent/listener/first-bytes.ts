import type net from 'node:net';
import { fault } from '../runtime/guard.ts';
import { clearTimeout, setTimeout } from '../runtime/timers.ts';

/**
 * Reads what a connection begins with, until `parse` can tell what that is, and hands on all that was read. Cuts off
 * who does not send it in time, or ends before.
 */
export function readFirstBytes<T>(
  socket: net.Socket,
  patienceMs: number,
  parse: (bytes: Buffer) => T | 'partial',
  done: (result: T, bytes: Buffer) => void,
): void {
  let bytes: Buffer = Buffer.alloc(0);
  const timer = setTimeout(() => cutOff(), patienceMs);
  const stop = (): void => {
    clearTimeout(timer);
    socket.removeListener('readable', safeRead);
    socket.removeListener('end', cutOff);
    socket.removeListener('error', cutOff);
    socket.removeListener('close', stop);
  };
  const cutOff = (): void => void socket.destroy();
  const read = (): void => {
    for (let chunk: Buffer | null; (chunk = socket.read() as Buffer | null) !== null;) {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    }
    const result = parse(bytes);
    if (result === 'partial') return;
    stop();
    done(result, bytes);
  };
  const safeRead = (): void => {
    try {
      read();
    } catch (error) {
      fault('connection', error);
      socket.destroy();
    }
  };
  // Sockets that an app may write to after their end do not close by themselves.
  socket.on('end', cutOff);
  socket.on('error', cutOff);
  socket.on('close', stop);
  socket.on('readable', safeRead);
}

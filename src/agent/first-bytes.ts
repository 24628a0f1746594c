import type net from 'node:net';

/**
 * Reads what a connection begins with, until `parse` can tell what that is, and hands on all that was read. Cuts off
 * who does not send it in time; `gone` is called then, and when the connection ends by itself.
 */
export function readFirstBytes<T>(
  socket: net.Socket,
  patienceMs: number,
  parse: (bytes: Buffer) => T | 'partial',
  done: (result: T, bytes: Buffer) => void,
  gone: () => void = () => {},
): void {
  let bytes: Buffer = Buffer.alloc(0);
  const timer = setTimeout(() => socket.destroy(), patienceMs);
  const stop = (): void => {
    clearTimeout(timer);
    socket.removeListener('readable', read);
    socket.removeListener('error', ended);
    socket.removeListener('close', ended);
  };
  const ended = (): void => {
    stop();
    gone();
  };
  const read = (): void => {
    for (let chunk: Buffer | null; (chunk = socket.read() as Buffer | null) !== null;) {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    }
    const result = parse(bytes);
    if (result === 'partial') return;
    stop();
    done(result, bytes);
  };
  socket.on('error', ended);
  socket.on('close', ended);
  socket.on('readable', read);
}

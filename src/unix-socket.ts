import net from 'node:net';
import { RadiantError } from './errors.ts';

/** sockaddr_un.sun_path less its final zero: unix(7), and xnu's sys/un.h. A longer path is silently cut. */
export const longestSocketPath = process.platform === 'darwin' ? 103 : 107;

/** Errors: PATH_TOO_LONG. */
export function checkSocketPath(path: string): string {
  const bytes = Buffer.byteLength(path);
  if (bytes <= longestSocketPath) return path;
  throw new RadiantError(
    'PATH_TOO_LONG',
    `The socket path ${path} has ${bytes} bytes; this system allows ${longestSocketPath}`,
    'Use a shorter name (--name), or set RADIANT_HOME to a shorter folder.',
  );
}

/** Whether somebody accepts on a UNIX socket; a file left by a dead process does not. */
export function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(path);
    const settle = (result: boolean) => (): void => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', settle(true)).once('error', settle(false));
  });
}

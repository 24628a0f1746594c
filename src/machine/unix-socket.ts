import net from 'node:net';
import { RadiantError } from '../common/errors.ts';

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
export const answers = async (path: string): Promise<boolean> => (await connectError(path)) === undefined;

/** Whether nobody listens on a UNIX socket that is there: not one that is only too busy. */
export const isRefused = async (path: string): Promise<boolean> =>
  (await connectError(path)) === 'ECONNREFUSED';

function connectError(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = net.connect(path);
    const settle = (code?: string): void => {
      socket.destroy();
      resolve(code);
    };
    socket
      .once('connect', () => settle())
      .once('error', ({ code }: NodeJS.ErrnoException) => settle(code ?? ''));
  });
}

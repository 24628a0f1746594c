import type { Address } from '../config/types.ts';
import { openHandle, type ListeningHandle } from './bind.ts';

/** The first descriptor that is handed over (sd_listen_fds(3)). */
const firstFd = 3;
const variables = ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES'] as const;

/** Sockets that systemd listens on for this process: they stay open whatever becomes of it. */
export interface Activated {
  /** The one of this address, once. Paths are not told apart: they come in the order of the unit. */
  take(address: Address): ListeningHandle | undefined;
  /** Those that were taken; a path among them is systemd's to remove. */
  readonly taken: ReadonlySet<Address>;
}

/** Takes over what the environment says, and removes it from there: it is meant for this process alone. */
export function takeActivated(env: NodeJS.ProcessEnv, pid: number): Activated {
  const count = env.LISTEN_PID === String(pid) ? Number(env.LISTEN_FDS) : 0;
  for (const name of variables) delete env[name];
  const handles = Array.from({ length: count }, (_, i) => openHandle(firstFd + i));
  const taken = new Set<Address>();
  return {
    taken,
    take: (address) => {
      const place = handles.findIndex((handle) => handle !== undefined && isAt(handle, address));
      if (place < 0) return undefined;
      taken.add(address);
      const [handle] = handles.splice(place, 1);
      return handle;
    },
  };
}

function isAt(handle: ListeningHandle, address: Address): boolean {
  if (handle.getsockname === undefined) return 'path' in address;
  const name: { address?: string; port?: number } = {};
  if ('path' in address || handle.getsockname(name) !== 0) return false;
  const host = address.host === 'localhost' ? '127.0.0.1' : address.host;
  return name.port === address.port && name.address === host;
}

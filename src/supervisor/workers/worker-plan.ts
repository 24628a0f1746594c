import type { Account } from '../../bundle/account/account.ts';
import type { RunFolder } from '../../disk/run-folder.ts';
import type { Launch } from '../../running/launch.ts';
import type { Release } from '../../running/release.ts';

/** What all workers of an app have in common. */
export interface WorkerPlan {
  launch: Launch;
  run: RunFolder;
  account: Account | undefined;
  /** Group id of the workers' sockets. */
  socketGroup: number | null;
  /** Descriptors of the public listening sockets, in the order of `publicSockets`. */
  listenerFds: number[];
}

/** The workers of one phase run one release. */
export interface Generation {
  phase: number;
  release: Release;
  /** What brought it about: `start`, `restart`, `deploy 4`, `back to 3`. */
  cause: string;
}

/** Which slot a worker has: in its environment, and in that of its child processes. */
export const slotVariable = 'RADIANT_SLOT';

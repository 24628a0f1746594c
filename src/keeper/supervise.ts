import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { modulePath } from '../module-path.ts';
import type { RunFolder } from '../run-folder.ts';
import type { ListeningHandle } from './bind.ts';
import {
  cannotStart,
  type ListenerMessage,
  type Listeners,
  type ListenersWanted,
  type Order,
  type OrderMessage,
} from './orders.ts';

/** A supervisor that dies so soon is started again with a pause. */
const quickDeathMs = 5_000;
const longestPauseMs = 5_000;

/** The sockets that outlive every supervisor. */
export type HeldSockets = Readonly<Record<Listeners, readonly ListeningHandle[]>>;

/** The supervisor of an app, whichever process it is at the moment. */
export interface Supervision {
  /** Resolves with the exit code of the supervisor that ended by itself. */
  readonly ended: Promise<number>;
  order(order: Order): void;
}

/**
 * Starts a supervisor, and another one when it crashes or is killed: also while the app stops, for its workers
 * live on and must be stopped by somebody. Only the very first one may fail to come up, since nothing runs yet, or
 * one that is to stop at once.
 */
export function supervise(run: RunFolder, held: HeldSockets): Supervision {
  const { promise: ended, resolve } = Promise.withResolvers<number>();
  let supervisor: ChildProcess | undefined;
  let before: string | undefined;
  let starts = 0;
  let quickDeaths = 0;
  let stops = 0;
  const send = (order: Order): void => {
    supervisor?.send({ order } satisfies OrderMessage, () => {});
  };
  const start = (): void => {
    const started = Date.now();
    starts += 1;
    supervisor = spawnSupervisor(run, held, before, (code, signal) => {
      supervisor = undefined;
      before = signal === null ? `it exited with code ${code}` : `it was ended by ${signal}`;
      if (code === 0 || (code === cannotStart && (starts === 1 || stops > 1))) {
        resolve(code);
        return;
      }
      quickDeaths = Date.now() - started < quickDeathMs ? quickDeaths + 1 : 0;
      setTimeout(start, quickDeaths === 0 ? 0 : Math.min(longestPauseMs, 50 * 2 ** quickDeaths));
    });
    for (let i = 0; i < stops; i += 1) send('stop');
  };
  start();
  return {
    ended,
    order: (order) => {
      if (order === 'stop') stops += 1;
      send(order);
    },
  };
}

/**
 * In a process group of its own: Ctrl-C on a terminal is for the keeper to pass on. `before`: how the supervisor before
 * it ended.
 */
function spawnSupervisor(
  run: RunFolder,
  held: HeldSockets,
  before: string | undefined,
  ended: (code: number | null, signal: NodeJS.Signals | null) => void,
): ChildProcess {
  const log = openSync(join(run.logs, 'supervisor.log'), 'a', 0o640);
  const child = spawn(
    process.execPath,
    [modulePath('supervisor/main'), run.folder, run.state, ...(before === undefined ? [] : [before])],
    {
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    },
  );
  closeSync(log);
  child.on('message', (message) => {
    const { wanted } = message as ListenersWanted;
    held[wanted].forEach((handle, index) => {
      child.send({ of: wanted, index } satisfies ListenerMessage, handle as never, {}, () => {});
    });
  });
  child.on('exit', ended);
  child.on('error', () => child.pid ?? ended(null, null));
  return child;
}

import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { modulePath } from '../module-path.ts';
import type { RunFolder } from '../run-folder.ts';
import type { ListeningHandle } from './bind.ts';
import type { ListenerMessage, Order, OrderMessage } from './orders.ts';

/** A supervisor that dies so soon is started again with a pause. */
const quickDeathMs = 5_000;
const longestPauseMs = 5_000;

/** The supervisor of an app, whichever process it is at the moment. */
export interface Supervision {
  /** Resolves with the exit code of the supervisor that ended by itself. */
  readonly ended: Promise<number>;
  order(order: Order): void;
}

/**
 * Starts a supervisor, and another one when it is killed: also while the app stops, for its workers live on and
 * must be stopped by somebody.
 */
export function supervise(run: RunFolder, handles: readonly ListeningHandle[]): Supervision {
  const { promise: ended, resolve } = Promise.withResolvers<number>();
  let supervisor: ChildProcess | undefined;
  let quickDeaths = 0;
  let stops = 0;
  const send = (order: Order): void => {
    supervisor?.send({ order } satisfies OrderMessage, () => {});
  };
  const start = (): void => {
    const started = Date.now();
    supervisor = spawnSupervisor(run, handles);
    for (let i = 0; i < stops; i += 1) send('stop');
    supervisor.once('exit', (code) => {
      supervisor = undefined;
      if (code !== null) {
        resolve(code);
        return;
      }
      quickDeaths = Date.now() - started < quickDeathMs ? quickDeaths + 1 : 0;
      setTimeout(start, quickDeaths === 0 ? 0 : Math.min(longestPauseMs, 50 * 2 ** quickDeaths));
    });
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

/** In a process group of its own: Ctrl-C on a terminal is for the keeper to pass on. */
function spawnSupervisor(run: RunFolder, handles: readonly ListeningHandle[]): ChildProcess {
  const log = openSync(join(run.logs, 'supervisor.log'), 'a', 0o640);
  const child = spawn(process.execPath, [modulePath('supervisor/main'), run.folder, run.logs], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  child.on('message', () => {
    handles.forEach((handle, index) => {
      child.send({ index } satisfies ListenerMessage, handle as never, {}, () => {});
    });
  });
  child.on('error', () => {});
  return child;
}

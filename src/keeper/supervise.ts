import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf } from '../common/errors.ts';
import { programPath } from '../installation.ts';
import type { RunFolder } from '../disk/run-folder.ts';
import { recordOf, type ProcessRecord } from '../machine/worker-record.ts';
import type { ListeningHandle } from './bind.ts';
import {
  cannotStart,
  handedOver,
  type ListenerMessage,
  type Listeners,
  type ListenersWanted,
  type Order,
  type OrderMessage,
  type Successor,
  type Up,
} from './orders.ts';
import type { Code } from '../running/operations.ts';

/** A supervisor that dies so soon, in seconds, is started again with a pause. */
const quickDeath = 5;
const longestPauseMs = 5_000;
/** What a supervisor hears is short-lived: V8 by itself would let up to 48 MB of such things become garbage. */
const nodeFlags = ['--max-semi-space-size=1'];

/** The sockets that outlive every supervisor. */
export type HeldSockets = Readonly<Record<Listeners, readonly ListeningHandle[]>>;

/** The supervisor of an app, whichever process it is at the moment. */
export interface Supervision {
  /** Resolves with the exit code of the supervisor that ended by itself. */
  readonly ended: Promise<number>;
  order(order: Order): void;
}

/** Which code is the supervisor: after an upgrade it is the new one, as soon as that has come up once. */
class Versions {
  current: Code;
  /** What to go back to while `current` has not come up yet. */
  #before: Code | undefined;

  constructor(first: Code) {
    this.current = first;
  }

  follow(successor: Code | undefined): void {
    if (successor === undefined) return;
    this.#before ??= this.current;
    this.current = successor;
  }

  prove(): void {
    this.#before = undefined;
  }

  /** True when there was something to go back to. */
  goBack(): boolean {
    if (this.#before === undefined) return false;
    this.current = this.#before;
    this.#before = undefined;
    return true;
  }
}

/** A supervisor that hands over has a second for its last words. */
const endMs = 5_000;

/** Node may never come to its end: its main thread then waits for one of V8's (seen with 24.21). */
function endFor(supervisor: ChildProcess): void {
  const timer = setTimeout(() => supervisor.kill('SIGKILL'), endMs);
  supervisor.once('exit', () => clearTimeout(timer));
}

/**
 * Starts a supervisor, and another one when it crashes or is killed: also while the app stops, for its workers
 * live on and must be stopped by somebody. Only the very first one may fail to come up, since nothing runs yet, or
 * one that is to stop at once. `takenFrom`: workers run already, and how they lost their keeper. A supervisor that
 * hands over to the code of another installation is followed by that; by its own again where that cannot come up.
 * `restore` has a look at what a supervisor needs before another one starts, and says what it had to do.
 */
export function supervise(
  run: RunFolder,
  held: HeldSockets,
  takenFrom: string | undefined,
  restore: () => Promise<string | undefined>,
): Supervision {
  const { promise: ended, resolve } = Promise.withResolvers<number>();
  let supervisor: ChildProcess | undefined;
  let before = takenFrom;
  const versions = new Versions({ node: process.execPath, entry: programPath('supervisor') });
  let starts = takenFrom === undefined ? 0 : 1;
  let quickDeaths = 0;
  let stops = 0;
  const send = (order: Order): void => {
    supervisor?.send({ order } satisfies OrderMessage, () => {});
  };
  const startAgain = async (): Promise<void> => {
    const restored = await restore().catch(reasonOf);
    if (restored !== undefined) before = `${before}; ${restored}`;
    start();
  };
  const start = (): void => {
    const started = process.uptime(); // `performance` would take 0.8 MB
    let successor: Code | undefined;
    starts += 1;
    const onEnd = (exit: number | null, signal: NodeJS.Signals | null): void => {
      supervisor = undefined;
      before = signal === null ? `it exited with code ${exit}` : `it was ended by ${signal}`;
      if (exit === 0 || (exit === cannotStart && (starts === 1 || stops > 1))) {
        resolve(exit);
        return;
      }
      const quick = process.uptime() - started < quickDeath;
      if (exit === handedOver || (signal === 'SIGKILL' && successor !== undefined)) {
        before = 'an upgrade was asked for';
        versions.follow(successor);
      } else if (!quick) versions.prove();
      else if (exit !== null && versions.goBack()) before = 'the one of the upgrade could not start';
      quickDeaths = successor === undefined && quick ? quickDeaths + 1 : 0;
      setTimeout(startAgain, quickDeaths === 0 ? 0 : Math.min(longestPauseMs, 50 * 2 ** quickDeaths));
    };
    supervisor = spawnSupervisor(run, versions.current, before, onEnd);
    supervisor.on('message', (message: ListenersWanted | Successor | Up) => {
      if ('up' in message) versions.prove();
      else if ('successor' in message) {
        successor = message.successor;
        endFor(supervisor!);
      } else sendListeners(supervisor!, message.wanted, held[message.wanted]);
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
  { node, entry }: Code,
  before: string | undefined,
  ended: (code: number | null, signal: NodeJS.Signals | null) => void,
): ChildProcess {
  const log = openSync(join(run.logs, 'supervisor.log'), 'a', 0o640);
  const args = [...nodeFlags, entry, run.folder, run.state, ...(before === undefined ? [] : [before])];
  const child = spawn(node, args, { detached: true, stdio: ['ignore', log, log, 'ipc'] });
  closeSync(log);
  const { pid } = child;
  if (pid !== undefined) noteProcess(run.supervisor, recordOf(pid));
  child.on('exit', ended);
  child.on('error', () => child.pid ?? ended(null, null));
  return child;
}

/** For the keeper that follows, should this one die. Without it that one cannot take over, which is no reason to end. */
function noteProcess(path: string, record: ProcessRecord): void {
  try {
    writeFileSync(path, JSON.stringify(record), { mode: 0o600 });
  } catch (error) {
    console.error(`${path} cannot be written: ${reasonOf(error)}`);
  }
}

function sendListeners(child: ChildProcess, of: Listeners, handles: readonly ListeningHandle[]): void {
  handles.forEach((handle, index) => {
    child.send({ of, index } satisfies ListenerMessage, handle as never, {}, () => {});
  });
}

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, openSync, rmSync } from 'node:fs';
import net from 'node:net';
import { chmod, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { workerAccount } from '../bundle/account.ts';
import { RadiantError, reasonOf } from '../errors.ts';
import { modulePath } from '../module-path.ts';
import type { Homes } from '../paths.ts';
import { runFolder, type RunFolder } from '../run-folder.ts';
import { writeStateFile } from '../state-file.ts';
import type { Launch } from '../supervisor/types.ts';
import { answers, checkSocketPath } from '../unix-socket.ts';
import { bindAll, type ListeningHandle } from './bind.ts';

/** Keeps the listening sockets, so that a supervisor may die without anybody noticing. */
export interface Keeper {
  /** Resolves with the exit code when the supervisor has stopped for good. */
  readonly closed: Promise<number>;
  /** Asks the supervisor to stop, gracefully the first time, at once the second. */
  stop(): void;
  /** Asks for a rolling restart. */
  restart(): void;
}

/** A supervisor that dies so soon is started again with a pause. */
const quickDeathMs = 5_000;
const longestPauseMs = 5_000;

/**
 * Runs the keeper in this process: binds the addresses, writes the app's description, starts the supervisor.
 * Errors, before anything runs: ALREADY_RUNNING, PORT_IN_USE, ADDRESS, PATH_TOO_LONG, STATE.
 */
export async function startKeeper(launch: Launch, homes: Homes): Promise<Keeper> {
  const { config } = launch;
  const run = runFolder(homes, config.name);
  // The longest socket names that can occur, so that the last worker does not fail where the first did not.
  checkSocketPath(join(run.sockets, `${config.name}.999.99999.sock`));
  checkSocketPath(join(run.siblings, '99999.sock.9'));
  const lock = await prepareFolders(launch, run);
  try {
    const handles = await bindAll(config.listen);
    await writeStateFile(run.launch, JSON.stringify(launch));
    return superviseForever(
      run,
      handles,
      config.listen.flatMap((a) => ('path' in a ? [a.path] : [])),
      lock,
    );
  } catch (error) {
    lock.close();
    throw error;
  }
}

async function prepareFolders(launch: Launch, run: RunFolder): Promise<net.Server> {
  try {
    const account = await workerAccount(launch.config);
    await mkdir(run.folder, { recursive: true, mode: 0o755 });
    await mkdir(run.logs, { recursive: true, mode: 0o750 });
    await mkdir(run.workers, { recursive: true, mode: 0o700 });
    const lock = await holdLock(run.keeper, launch.config.name);
    for (const [folder, mode] of [[run.sockets, 0o755] as const, [run.siblings, 0o700] as const]) {
      await mkdir(folder, { recursive: true });
      await chmod(folder, mode);
      if (account) await chown(folder, account.uid, account.gid);
    }
    return lock;
  } catch (error) {
    if (error instanceof RadiantError) throw error;
    throw new RadiantError('STATE', `The folder ${run.folder} cannot be prepared: ${reasonOf(error)}`);
  }
}

/** One keeper an app: whoever listens on this socket is it. The kernel lets go of it when the process dies. */
async function holdLock(path: string, name: string): Promise<net.Server> {
  if (await answers(checkSocketPath(path))) {
    const remedy = `Choose another name with --name, or stop it first: radiant stop --name ${name}`;
    throw new RadiantError('ALREADY_RUNNING', `An app named "${name}" is running already`, remedy);
  }
  rmSync(path, { force: true });
  const lock = net.createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    lock.once('error', reject);
    lock.listen(path, resolve);
  });
  await chmod(path, 0o600);
  return lock;
}

function superviseForever(
  run: RunFolder,
  handles: ListeningHandle[],
  paths: string[],
  lock: net.Server,
): Keeper {
  const { promise: closed, resolve } = Promise.withResolvers<number>();
  let stopping = false;
  let quickDeaths = 0;
  let supervisor: ChildProcess | undefined;
  const end = (code: number): void => {
    for (const handle of handles) handle.close();
    for (const path of paths) rmSync(path, { force: true });
    lock.close();
    resolve(code);
  };
  const start = (): void => {
    const started = Date.now();
    supervisor = spawnSupervisor(run, handles);
    supervisor.once('exit', (code) => {
      if (code !== null || stopping) {
        end(code ?? 1);
        return;
      }
      quickDeaths = Date.now() - started < quickDeathMs ? quickDeaths + 1 : 0;
      setTimeout(start, quickDeaths === 0 ? 0 : Math.min(longestPauseMs, 50 * 2 ** quickDeaths));
    });
  };
  start();
  return {
    closed,
    stop: () => {
      stopping = true;
      supervisor?.kill('SIGTERM');
    },
    restart: () => void supervisor?.kill('SIGHUP'),
  };
}

/** In a process group of its own: Ctrl-C on a terminal is for us to pass on. */
function spawnSupervisor(run: RunFolder, handles: ListeningHandle[]): ChildProcess {
  mkdirSync(run.logs, { recursive: true });
  const log = openSync(join(run.logs, 'supervisor.log'), 'a', 0o640);
  const child = spawn(process.execPath, [modulePath('supervisor/main'), run.folder, run.logs], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  // The supervisor asks for the listening sockets when it starts, and for a fresh copy each time it listens itself.
  child.on('message', () => {
    handles.forEach((handle, index) => child.send({ index, of: handles.length }, handle as never));
  });
  child.on('error', () => {});
  return child;
}

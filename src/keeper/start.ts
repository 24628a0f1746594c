import { rmSync } from 'node:fs';
import net from 'node:net';
import { chmod, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { workerAccount } from '../bundle/account/account.ts';
import { diskFull } from '../disk/disk-full.ts';
import { withLock } from '../disk/lock.ts';
import { publicSockets } from '../config/values/public-sockets.ts';
import type { Address, TlsFiles } from '../config/types.ts';
import { RadiantError, reasonOf } from '../common/errors.ts';
import { removeEntry } from '../disk/foreign-folder.ts';
import { removeHandedLeft } from './handed-launch.ts';
import { isLaunchReadable, removeLaunch, writeLaunch } from '../disk/launch-file.ts';
import { ownFolder } from '../disk/own-folder.ts';
import type { Homes } from '../disk/paths.ts';
import { pointCurrent } from '../releases/store.ts';
import { runFolder, type RunFolder } from '../disk/run-folder.ts';
import { writeStateFile } from '../disk/state-file.ts';
import type { Launch } from '../running/launch.ts';
import { answers, checkSocketPath } from '../machine/unix-socket.ts';
import { recordOf, survivors } from '../machine/worker-record.ts';
import { takeActivated } from './activation.ts';
import { holdSockets } from './hold.ts';
import { orphanedSupervisor } from './orphaned-supervisor.ts';
import { supervise, type HeldSockets, type Supervision } from './supervise.ts';

/** Keeps the listening sockets, so that a supervisor may die without anybody noticing. */
export interface Keeper {
  /** Resolves with the exit code when the supervisor has stopped for good. */
  readonly closed: Promise<number>;
  /** Asks the supervisor to stop, gracefully the first time, at once the second. */
  stop(): void;
  /** Asks for a rolling restart. */
  restart(): void;
}

/**
 * Runs the keeper in this process: binds the addresses, writes the app's description, starts the supervisor. What
 * another keeper has left when it died is taken over: its sockets, and its workers.
 * Errors, before anything runs: ALREADY_RUNNING, CERTIFICATE, PORT_IN_USE, ADDRESS, PATH_TOO_LONG, STATE.
 */
export async function startKeeper(launch: Launch, homes: Homes): Promise<Keeper> {
  const { config } = launch;
  const run = runFolder(homes, config.name);
  // The longest socket names that can occur, so that the last worker does not fail where the first did not.
  checkSocketPath(join(run.sockets, `${config.name}.999.99999.sock`));
  checkSocketPath(join(run.siblings, '99999.sock.9'));
  const lock = await prepareFolders(launch, run);
  try {
    await checkCertificates(config.tls ?? []);
    const addresses = publicSockets(config).map(({ address }) => address);
    const activated = takeActivated(process.env, process.pid);
    const left = await orphanedSupervisor(run);
    const held = await holdSockets(run, config, activated, left);
    await left?.end();
    await writeLaunch(run, launch);
    pointCurrent(run, launch.release.number);
    await writeStateFile(run.started, JSON.stringify(launch.started));
    const own = addresses.filter((address) => !activated.taken.has(address));
    const before = survivors(run.workers).length > 0 ? 'its keeper died' : undefined;
    return keep(
      run,
      held,
      own,
      lock,
      supervise(run, held, before, () => restoreLaunch(run, launch)),
    );
  } catch (error) {
    lock.close();
    throw diskFull(error, run.folder) ?? error;
  }
}

/** Errors: CERTIFICATE. */
async function checkCertificates(pairs: readonly TlsFiles[]): Promise<void> {
  if (pairs.length === 0) return;
  const { readPair } = await import('../tls/pair.ts'); // node:crypto, which takes 1.6 MB
  for (const files of pairs) readPair(files);
}

async function prepareFolders(launch: Launch, run: RunFolder): Promise<net.Server> {
  try {
    const account = await workerAccount(launch.config);
    for (const folder of [run.state, run.folder]) ownFolder(folder, 0o755);
    ownFolder(run.logs, 0o750);
    ownFolder(run.workers, 0o700);
    const lock = await holdLock(run.keeper, launch.config.name);
    removeHandedLeft(run);
    for (const [folder, mode] of [[run.sockets, 0o755] as const, [run.siblings, 0o700] as const]) {
      await mkdir(folder, { recursive: true });
      await chmod(folder, mode);
      if (account) await chown(folder, account.uid, account.gid);
    }
    return lock;
  } catch (error) {
    if (error instanceof RadiantError) throw error;
    const message = `The folder ${run.folder} cannot be prepared: ${reasonOf(error)}`;
    throw diskFull(error, run.folder) ?? new RadiantError('STATE', message);
  }
}

/**
 * One keeper an app: whoever listens on this socket is it, and says there who it is. The kernel lets go of it when the
 * process dies; of several starts that find it so, one replaces it.
 */
function holdLock(path: string, name: string): Promise<net.Server> {
  checkSocketPath(path);
  return withLock(`${path}.lock`, async () => {
    if (await answers(path)) {
      const remedy = `Choose another name with --name, or stop it first: radiant stop --name ${name}`;
      throw new RadiantError('ALREADY_RUNNING', `An app named "${name}" is running already`, remedy);
    }
    rmSync(path, { force: true }); // left by a keeper that was killed
    return listenOn(path);
  });
}

async function listenOn(path: string): Promise<net.Server> {
  const lock = net.createServer((socket) =>
    socket.on('error', () => {}).end(JSON.stringify(recordOf(process.pid))),
  );
  await new Promise<void>((resolve, reject) => {
    lock.once('error', reject);
    lock.listen(path, resolve);
  });
  await chmod(path, 0o600);
  return lock;
}

/** Nobody else knows what the app runs with when all that is kept is damaged. Returns what to say of that. */
async function restoreLaunch(run: RunFolder, launch: Launch): Promise<string | undefined> {
  if (isLaunchReadable(run)) return undefined;
  await writeLaunch(run, launch);
  return `${run.launch} could not be read, and says again what it said at the start`;
}

function keep(
  run: RunFolder,
  held: HeldSockets,
  addresses: readonly Address[],
  lock: net.Server,
  { ended, order }: Supervision,
): Keeper {
  const closed = ended.then((code) => {
    for (const handle of Object.values(held).flat()) handle.close();
    for (const address of addresses) if ('path' in address) removeEntry(address.path);
    removeLaunch(run);
    rmSync(run.supervisor, { force: true });
    lock.close();
    return code;
  });
  return { closed, stop: () => order('stop'), restart: () => order('restart') };
}

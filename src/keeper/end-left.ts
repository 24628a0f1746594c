import net from 'node:net';
import { text } from 'node:stream/consumers';
import { removeLaunch } from '../disk/launch-file.ts';
import type { RunFolder } from '../disk/run-folder.ts';
import { parseProcess, sameProcess, survivors, type ProcessRecord } from '../machine/worker-record.ts';
import { ended, endWorkersLeft, livingSupervisor, signal } from './orphaned-supervisor.ts';

/** A keeper may take so long to end when nothing holds it up. */
const endMs = 5_000;

/**
 * Ends an app whose supervisor does not answer: what of its keeper, its supervisor and its workers there is. False when
 * there is nothing.
 */
export async function endWhatIsLeft(run: RunFolder, killTimeout: number): Promise<boolean> {
  const keeper = await keeperAt(run.keeper);
  const supervisor = await livingSupervisor(run);
  const workers = survivors(run.workers);
  if (keeper === undefined && supervisor === undefined && workers.length === 0) return false;
  if (keeper !== undefined) await stopKeeper(keeper, supervisor, killTimeout);
  const last = await livingSupervisor(run);
  if (last !== undefined) await kill(last);
  await endWorkersLeft(run, killTimeout);
  removeLaunch(run);
  return true;
}

/** Its supervisor hangs, or none comes up: the next one stops the workers, if there can be one. */
async function stopKeeper(
  keeper: ProcessRecord,
  supervisor: ProcessRecord | undefined,
  killTimeout: number,
): Promise<void> {
  signal(keeper, 'SIGTERM');
  if (supervisor !== undefined) await kill(supervisor);
  if (await ended([keeper], killTimeout + endMs)) return;
  signal(keeper, 'SIGTERM');
  if (!(await ended([keeper], endMs))) await kill(keeper);
}

async function kill(process: ProcessRecord): Promise<void> {
  signal(process, 'SIGKILL');
  await ended([process], endMs);
}

/** Who listens on a keeper's lock; undefined when nobody does, or one of an older version that does not say it. */
async function keeperAt(path: string): Promise<ProcessRecord | undefined> {
  const socket = net.connect(path);
  const said = await text(socket.setTimeout(endMs, () => socket.destroy())).catch(() => '');
  const record = parseProcess(said);
  return record && sameProcess(record) ? record : undefined;
}

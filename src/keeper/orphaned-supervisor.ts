import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Control } from '../control/client.ts';
import type { RunFolder } from '../disk/run-folder.ts';
import {
  readProcess,
  recordOf,
  sameProcess,
  survivors,
  type ProcessRecord,
} from '../machine/worker-record.ts';
import { receive, type Received } from './delivery.ts';

const lookEveryMs = 20;
/** Whoever was asked or made to end may take so long, on a machine that is busy. */
const endMs = 10_000;

/** A supervisor that goes on without the keeper that started it. */
export interface OrphanedSupervisor {
  /** The listening sockets that it has. */
  sockets(): Promise<Received>;
  /** Ends it; its workers go on, for the supervisor that follows. */
  end(): Promise<void>;
}

/** The supervisor that a keeper has left when it died: for who has the keeper's lock. */
export async function orphanedSupervisor(run: RunFolder): Promise<OrphanedSupervisor | undefined> {
  const record = await livingSupervisor(run);
  if (record === undefined) return undefined;
  return {
    sockets: () => receive(run.offer),
    end: async () => {
      // One that does not answer, or is too old to know how, is ended as a crash would.
      const control = await controlOf(run);
      const asked = control.handOver({}, AbortSignal.timeout(endMs));
      await asked.catch(() => signal(record, 'SIGKILL'));
      if (!(await ended([record], endMs))) signal(record, 'SIGKILL');
      await ended([record], endMs);
    },
  };
}

/** Loaded when it is needed, which is seldom: a keeper shall be small. */
async function controlOf(run: RunFolder): Promise<Control> {
  const { connectControl } = await import('../control/client.ts');
  return connectControl(run.control);
}

/** As its record says; where that is damaged, as it says itself. */
export async function livingSupervisor(run: RunFolder): Promise<ProcessRecord | undefined> {
  const record = readProcess(run.supervisor);
  if (record !== undefined && sameProcess(record)) return record;
  if (!existsSync(run.control)) return undefined;
  const control = await controlOf(run);
  const status = await control.status({}).catch(() => undefined);
  return status && recordOf(status.supervisor.pid);
}

/**
 * Ends workers that have outlived both their keeper and their supervisor: while they live, nobody can bind what they
 * listen on. False when there are none.
 */
export async function endWorkersLeft({ workers }: RunFolder, killTimeout: number): Promise<boolean> {
  const left = survivors(workers);
  for (const record of left) signal(record, 'SIGTERM');
  if (!(await ended(left, killTimeout))) for (const record of left) signal(record, 'SIGKILL');
  await ended(left, endMs);
  return left.length > 0;
}

export async function ended(records: readonly ProcessRecord[], withinMs: number): Promise<boolean> {
  const until = performance.now() + withinMs;
  while (records.some((record) => sameProcess(record))) {
    if (performance.now() > until) return false;
    // oxlint-disable-next-line no-await-in-loop -- nobody tells of the end of a process that is no child
    await delay(lookEveryMs);
  }
  return true;
}

export function signal(record: ProcessRecord, name: NodeJS.Signals): void {
  try {
    if (sameProcess(record)) process.kill(record.pid, name);
  } catch {
    // It has ended, or belongs to another user: that shows when its sockets are wanted.
  }
}

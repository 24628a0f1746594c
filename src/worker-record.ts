import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTimeOf } from './bundle/process-start.ts';
import { readTextFileSync } from './text-file.ts';

/** A process, for those who find it again. */
export interface ProcessRecord {
  pid: number;
  /** When the kernel started the process, in clock ticks since boot: a reused pid has another. */
  startTime: string;
}

/** What the next supervisor must know of a worker to find it again; kept as one file (mode 0600) each. */
export interface WorkerRecord extends ProcessRecord {
  slot: number;
  release: number;
  worker: number;
  token: string;
  nodeVersion: string;
}

export function sameProcess({ pid, startTime }: ProcessRecord): boolean {
  return startTime !== '' && startTimeOf(pid) === startTime;
}

const fileOf = (folder: string, worker: number): string => join(folder, `${worker}.json`);

export function saveRecord(folder: string, record: WorkerRecord): void {
  writeFileSync(fileOf(folder, record.worker), JSON.stringify(record), { mode: 0o600 });
}

export function dropRecord(folder: string, worker: number): void {
  rmSync(fileOf(folder, worker), { force: true });
}

/** The workers of an earlier supervisor that still live; records of dead ones are removed. */
export function survivors(folder: string): WorkerRecord[] {
  return readdirSync(folder).flatMap((name) => {
    if (!name.endsWith('.json')) return [];
    try {
      const record = JSON.parse(readTextFileSync(join(folder, name))) as WorkerRecord;
      if (sameProcess(record)) return [record];
    } catch {
      // Cut off while it was written: the worker has never been ready, and ends without its supervisor.
    }
    rmSync(join(folder, name), { force: true });
    return [];
  });
}

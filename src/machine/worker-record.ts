import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTimeOf } from './process-start.ts';
import { readTextFileSync } from '../common/text-file.ts';

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

export const recordOf = (pid: number): ProcessRecord => ({ pid, startTime: startTimeOf(pid) });

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

/** All that are kept, of dead workers too. */
export const recordsIn = (folder: string): WorkerRecord[] =>
  namesIn(folder).flatMap((name) => (name.endsWith('.json') ? (read(join(folder, name)) ?? []) : []));

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

/** The workers of an earlier supervisor that still live. */
export const survivors = (folder: string): WorkerRecord[] => recordsIn(folder).filter(sameProcess);

/** undefined for one that was cut off while it was written: its worker has never begun, and ends by itself. */
function read(path: string): WorkerRecord | undefined {
  const record = readProcess(path) as WorkerRecord | undefined;
  return Number.isSafeInteger(record?.worker) && Number.isSafeInteger(record?.slot) ? record : undefined;
}

/** The process that a file describes; undefined when it describes none. */
export function readProcess(path: string): ProcessRecord | undefined {
  try {
    return parseProcess(readTextFileSync(path));
  } catch {
    return undefined;
  }
}

/** undefined for what describes none. */
export function parseProcess(text: string): ProcessRecord | undefined {
  try {
    const record = JSON.parse(text) as ProcessRecord | null;
    const known =
      Number.isSafeInteger(record?.pid) && record!.pid > 0 && typeof record!.startTime === 'string';
    return known ? record! : undefined;
  } catch {
    return undefined;
  }
}

/** Removes the records of all but these, and what is none. */
export function keepRecords(folder: string, kept: readonly WorkerRecord[]): void {
  const files = new Set(kept.map(({ worker }) => fileOf(folder, worker)));
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (!files.has(path)) rmSync(path, { recursive: true, force: true });
  }
}

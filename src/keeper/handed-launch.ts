import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sameProcess, type ProcessRecord } from '../machine/worker-record.ts';
import type { Launch } from '../running/launch.ts';
import { parseLaunch } from '../disk/launch-file.ts';
import { ownFolder } from '../disk/own-folder.ts';
import type { RunFolder } from '../disk/run-folder.ts';

/*
 * A launch on its way from one program to the next in the same process. It holds secrets, and neither the arguments nor the
 * environment may; descriptors do not last, since Node has all but the first three closed. So it is a file for a moment,
 * in a folder that nobody else can write to, named after the process: two starts at once do not meet.
 */

type At = Pick<RunFolder, 'folder'>;

const fileOf = ({ folder }: At, { pid, startTime }: ProcessRecord): string =>
  join(folder, `handed.${pid}.${startTime}.json`);

const handedName = /^handed\.(?<pid>\d+)\.(?<startTime>\d+)\.json$/;

/** Errors: UNSAFE_FOLDER, STATE, those of the disk. */
export function handLaunch(run: At, launch: Launch, by: ProcessRecord): void {
  ownFolder(run.folder, 0o755);
  try {
    writeFileSync(fileOf(run, by), JSON.stringify(launch), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    dropHandedLaunch(run, by);
    throw error;
  }
}

/** What this process has handed to itself; it is gone then. Errors: as above, and what reading a file may say. */
export function takeHandedLaunch(run: At, by: ProcessRecord): Launch {
  ownFolder(run.folder, 0o755);
  try {
    return parseLaunch(readFileSync(fileOf(run, by), 'utf8'));
  } finally {
    dropHandedLaunch(run, by);
  }
}

export const dropHandedLaunch = (run: At, by: ProcessRecord): void =>
  rmSync(fileOf(run, by), { force: true });

/** Removes what was handed by processes that ended before they took it. */
export function removeHandedLeft(run: At): void {
  for (const name of readdirSync(run.folder)) {
    const { pid, startTime } = handedName.exec(name)?.groups ?? {};
    if (startTime === undefined) continue;
    const by = { pid: Number(pid), startTime };
    if (!sameProcess(by)) dropHandedLaunch(run, by);
  }
}

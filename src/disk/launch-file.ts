import { readKept, removeKept, writeKept } from './kept-file.ts';
import type { RunFolder } from './run-folder.ts';
import type { Launch } from '../running/launch.ts';
import { ownVersion } from '../common/version.ts';

/** Raised when something in the file changes its meaning. What is only added has a default. */
export const launchFormat = 1;

/** Which Radiant has written the file; the first ones did not say. */
export interface Mark {
  format?: number;
  version?: string;
}

export type At = Pick<RunFolder, 'launch'>;

/** Keeps what an app runs with for the supervisors that follow, of whatever version. Errors: those of the disk. */
export function writeLaunch({ launch: file }: At, launch: Launch): Promise<void> {
  const mark: Mark = { format: launchFormat, version: ownVersion() };
  return writeKept(file, JSON.stringify({ ...mark, ...launch }));
}

/** The app has stopped: it holds the app's secrets. */
export const removeLaunch = ({ launch: file }: At): void => removeKept(file);

/** As after `writeLaunch`, where nobody has damaged both files. */
export function isLaunchReadable({ launch: file }: At): boolean {
  try {
    readKept(file, parseLaunch);
    return true;
  } catch {
    return false;
  }
}

export function parseLaunch(text: string): Launch & Mark {
  const launch = JSON.parse(text) as Partial<Launch & Mark> | null;
  if (!launch?.config || !launch.release) throw new Error('it does not describe an app');
  return launch as Launch & Mark;
}

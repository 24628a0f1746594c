import { storedConfig, unknownIn } from '../config/reading/stored.ts';
import { RadiantError, reasonOf } from '../common/errors.ts';
import { mendKept, readKept, removeKept, writeKept, type Kept } from './kept-file.ts';
import type { RunFolder } from './run-folder.ts';
import type { Launch } from '../running/launch.ts';
import { ownVersion } from '../common/version.ts';

/** Raised when something in the file changes its meaning. What is only added has a default. */
const format = 1;

/** Which Radiant has written the file; the first ones did not say. */
interface Mark {
  format?: number;
  version?: string;
}

type At = Pick<RunFolder, 'launch'>;

/** Keeps what an app runs with for the supervisors that follow, of whatever version. Errors: those of the disk. */
export function writeLaunch({ launch: file }: At, launch: Launch): Promise<void> {
  const mark: Mark = { format, version: ownVersion() };
  return writeKept(file, JSON.stringify({ ...mark, ...launch }));
}

/** The app has stopped: it holds the app's secrets. */
export const removeLaunch = ({ launch: file }: At): void => removeKept(file);

/** As after `writeLaunch`, where nobody has damaged both files. */
export function isLaunchReadable({ launch: file }: At): boolean {
  try {
    readKept(file, parse);
    return true;
  } catch {
    return false;
  }
}

/**
 * What an app runs with, whichever version of Radiant has written it: what that one did not know has its default.
 * Errors: NOT_RUNNING without the file; STATE when it cannot be read, or says what only another version understands.
 */
export async function readLaunch(run: At): Promise<Launch> {
  return understood(run, read(run).value);
}

/** As `readLaunch`, for the supervisor: a damaged file is replaced. Returns what is to be said of that, too. */
export async function recoverLaunch(run: At): Promise<{ launch: Launch; said: string[] }> {
  const { value, damage } = read(run);
  const said = damage === undefined ? [] : [await mendKept(run.launch, damage)];
  return { launch: understood(run, value), said };
}

function read({ launch: file }: At): Kept<Launch & Mark> {
  try {
    return readKept(file, parse);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new RadiantError('NOT_RUNNING', `The app does not run: there is no ${file}`);
    }
    throw new RadiantError('STATE', `${file} cannot be read: ${reasonOf(error)}`);
  }
}

function parse(text: string): Launch & Mark {
  const launch = JSON.parse(text) as Partial<Launch & Mark> | null;
  if (!launch?.config || !launch.release) throw new Error('it does not describe an app');
  return launch as Launch & Mark;
}

function understood({ launch: file }: At, kept: Launch & Mark): Launch {
  const { format: written = format, version, ...launch } = kept;
  const foreign = written > format ? [`format ${written}`] : unknownIn(launch.config);
  if (foreign.length > 0) {
    const by = version === undefined ? 'another version of Radiant' : `Radiant ${version}`;
    throw new RadiantError(
      'STATE',
      `${file} was written by ${by}, and this is ${ownVersion()}, which does not know ${foreign.join(', ')}`,
      'Use the version that the app runs with, or a newer one; or `radiant stop`, and start the app with this one',
    );
  }
  return { ...launch, attended: launch.attended ?? false, config: storedConfig(launch.config) };
}

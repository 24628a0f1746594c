import { storedConfig, unknownIn } from './config/stored.ts';
import { RadiantError, reasonOf } from './errors.ts';
import type { RunFolder } from './run-folder.ts';
import { writeStateFile } from './state-file.ts';
import type { Launch } from './supervisor/types.ts';
import { ownVersion } from './version.ts';
import { readTextFile } from './text-file.ts';

/** Raised when something in the file changes its meaning. What is only added has a default. */
const format = 1;

/** Which Radiant has written the file; the first ones did not say. */
interface Mark {
  format?: number;
  version?: string;
}

/** Keeps what an app runs with for the supervisors that follow, of whatever version. Errors: those of the disk. */
export function writeLaunch({ launch: file }: Pick<RunFolder, 'launch'>, launch: Launch): Promise<void> {
  const mark: Mark = { format, version: ownVersion() };
  return writeStateFile(file, JSON.stringify({ ...mark, ...launch }));
}

/**
 * What an app runs with, whichever version of Radiant has written it: what that one did not know has its default.
 * Errors: NOT_RUNNING without the file; STATE when it cannot be read, or says what only another version understands.
 */
export async function readLaunch({ launch: file }: Pick<RunFolder, 'launch'>): Promise<Launch> {
  let kept: Launch & Mark;
  try {
    kept = JSON.parse(await readTextFile(file)) as Launch & Mark;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new RadiantError('NOT_RUNNING', `The app does not run: there is no ${file}`);
    }
    throw new RadiantError('STATE', `${file} cannot be read: ${reasonOf(error)}`);
  }
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

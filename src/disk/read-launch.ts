import { storedConfig, unknownIn } from '../config/reading/stored.ts';
import { RadiantError, reasonOf } from '../common/errors.ts';
import { ownVersion } from '../common/version.ts';
import type { Launch } from '../running/launch.ts';
import { mendKept, readKept, type Kept } from './kept-file.ts';
import { launchFormat, parseLaunch, type At, type Mark } from './launch-file.ts';

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
    return readKept(file, parseLaunch);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new RadiantError('NOT_RUNNING', `The app does not run: there is no ${file}`);
    }
    throw new RadiantError('STATE', `${file} cannot be read: ${reasonOf(error)}`);
  }
}

function understood({ launch: file }: At, kept: Launch & Mark): Launch {
  const { format: written = launchFormat, version, ...launch } = kept;
  const foreign = written > launchFormat ? [`format ${written}`] : unknownIn(launch.config);
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

import { RadiantError, reasonOf } from '../common/errors.ts';
import type { Homes } from '../disk/paths.ts';
import type { Launch } from '../running/launch.ts';
import type { StartReport } from './detach.ts';
import { startKeeper, type Keeper } from './start.ts';

/** A keeper in a process of its own, for `radiant start --detach`. */
async function run({ launch, homes }: { launch: Launch; homes: Homes }): Promise<void> {
  let keeper: Keeper;
  try {
    keeper = await startKeeper(launch, homes);
  } catch (error) {
    const known = error instanceof RadiantError ? error : new RadiantError('STATE', reasonOf(error));
    const { code, message, remedy } = known;
    const report: StartReport = { error: { code, message, remedy } };
    process.send!(report, () => process.exit(known.exitCode));
    return;
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => keeper.stop());
  process.on('SIGHUP', () => keeper.restart());
  process.send!({} satisfies StartReport);
  process.exitCode = await keeper.closed;
}

process.once('message', (message) => void run(message as Parameters<typeof run>[0]));

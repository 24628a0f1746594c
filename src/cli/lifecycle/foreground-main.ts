import { takeHandedLaunch } from '../../keeper/handed-launch.ts';
import { homes as homesOf } from '../../disk/paths.ts';
import { runFolder } from '../../disk/run-folder.ts';
import { recordOf } from '../../machine/worker-record.ts';
import { endWith } from '../output/report.ts';
import { openTerminal } from '../output/terminal.ts';
import { foreground } from './foreground.ts';

/** What `radiant start` becomes when all is prepared. The app's name is its last argument. */
const { env } = process;
const world = { terminal: openTerminal(), homes: homesOf(env), env };

async function run(): Promise<number> {
  const launch = takeHandedLaunch(runFolder(world.homes, process.argv.at(-1)!), recordOf(process.pid));
  return foreground(launch, world);
}

void endWith(run(), world);

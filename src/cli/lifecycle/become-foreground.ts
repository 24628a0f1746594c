import { accessSync, constants, fstatSync, readdirSync } from 'node:fs';
import { dropHandedLaunch, handLaunch } from '../../keeper/handed-launch.ts';
import type { Homes } from '../../disk/paths.ts';
import { runFolder } from '../../disk/run-folder.ts';
import { programPath } from '../../installation.ts';
import { recordOf } from '../../machine/worker-record.ts';
import type { Launch } from '../../running/launch.ts';

const { R_OK, X_OK } = constants;
const standardStreams = 3;

/**
 * Has another program take this one's place in this process, which goes on for as long as the app runs: it holds
 * 11 MB less than a command that has read a configuration and prepared a release (execve(2)). Whoever has started it
 * notices nothing. Returns where that is not possible.
 */
export function becomeForeground(launch: Launch, homes: Homes): void {
  const program = programPath('foreground');
  if (process.execve === undefined || !mayBecome(program)) return;
  const { name } = launch.config;
  const run = runFolder(homes, name);
  const self = recordOf(process.pid);
  try {
    handLaunch(run, launch, self);
  } catch {
    return; // what is wrong there shows when the keeper needs the folder
  }
  try {
    // What it was called with, for those who look at the list of processes; the name, for itself too. Node would take an
    // --env-file for its own without the dashes, wherever it stands.
    const args = [...process.execArgv, '--', program, ...process.argv.slice(2), '--name', name];
    process.execve(process.execPath, [process.argv0, ...args]);
  } catch {
    dropHandedLaunch(run, self);
  }
}

/** Node ends the process when the system refuses, so what it might refuse is looked at before. */
function mayBecome(program: string): boolean {
  try {
    accessSync(process.execPath, X_OK);
    accessSync(program, R_OK);
    return !readdirSync('/proc/self/fd').some((fd) => wouldBeLost(Number(fd)));
  } catch {
    return false;
  }
}

/**
 * Sockets that systemd hands over, the lock that a script has taken for this process, the channel to a parent: Node has them
 * closed. A connection by which the app's Node has just been fetched looks the same: then the command stays, too.
 */
function wouldBeLost(fd: number): boolean {
  if (fd < standardStreams) return false;
  try {
    const descriptor = fstatSync(fd);
    return descriptor.isSocket() || descriptor.isFile();
  } catch {
    return false; // the one by which they were listed
  }
}

import { readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Config } from '../config/types.ts';
import type { RunFolder } from '../run-folder.ts';

/** The stable name of a slot's socket, where nginx and health checks find whoever serves the slot. */
export const stableName = ({ name, socketBase }: Config, run: RunFolder, slot: number): string =>
  socketBase === undefined ? join(run.folder, `${name}.${slot}.sock`) : `${socketBase}.${slot}.sock`;

/** Leads the stable name to another socket, in one step: a connect at any moment reaches the old or the new. */
export function pointName(stable: string, socket: string): void {
  const temporary = `${stable}.new`;
  rmSync(temporary, { force: true });
  symlinkSync(relative(dirname(stable), socket), temporary);
  renameSync(temporary, stable);
}

/** Removes a stable name, if it still leads to this socket. */
export function dropName(stable: string, socket: string): void {
  try {
    if (readlinkSync(stable) === relative(dirname(stable), socket)) rmSync(stable);
  } catch {
    // Gone already.
  }
}

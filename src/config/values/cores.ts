import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { groupsAround, ofController, readText, unified } from '../../machine/control-groups.ts';

/**
 * How many processors this process may keep busy, at least 1: those of the machine that it may run on, and no more than
 * the control groups around it let it use. Node asks only its own group, and on version 1 only some of them. `root` is
 * where /proc and /sys are.
 */
export function usableCores(root = '/', ofMachine = availableParallelism()): number {
  const quotas = [
    ...groupsAround(root, unified).map((folder) => readText(join(folder, 'cpu.max'))?.split(' ')),
    ...groupsAround(root, ofController('cpu')).map((folder) =>
      ['quota', 'period'].map((name) => readText(join(folder, `cpu.cfs_${name}_us`))),
    ),
  ];
  // Without a limit: `max`, -1, or no file at all.
  const limits = quotas.map((pair) => Number(pair?.[0]) / Number(pair?.[1])).filter((limit) => limit > 0);
  return Math.max(1, Math.floor(Math.min(ofMachine, ...limits)));
}

import { join } from 'node:path';
import type { RunFolder } from '../disk/run-folder.ts';
import { runCommand } from '../node/command.ts';
import { numbersIn } from './store.ts';

/**
 * How many bytes each release takes on the disk, by its number. What several share counts once, for the oldest of them: so
 * the sum is what all of them take. Empty where that cannot be found out.
 */
export async function diskUse({
  releases,
}: Pick<RunFolder, 'releases'>): Promise<ReadonlyMap<number, number>> {
  const numbers = await numbersIn(releases);
  if (numbers.length === 0) return new Map();
  // It looks at each file once, also where it has many names: as the disk does.
  const { stdout } = await runCommand('du', ['-sk', ...numbers.map((number) => join('.', String(number)))], {
    cwd: releases,
    env: { ...process.env, LC_ALL: 'C', POSIXLY_CORRECT: '1' },
  });
  return new Map(
    [...stdout.matchAll(/^(\d+)\s+\.?\/?(\d+)$/gm)].map(([, blocks, number]) => [
      Number(number),
      Number(blocks) * 1024,
    ]),
  );
}

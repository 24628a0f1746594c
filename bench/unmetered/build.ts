import { build } from 'esbuild';
import { agent } from '../../scripts/build/bundles.ts';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Lab } from '../lab.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const standIn = fileURLToPath(new URL('./meter.ts', import.meta.url));

/**
 * A copy of Radiant whose agent counts nothing for metrics: the same sources, built with another meter. Gives the file
 * of its command.
 */
export async function buildUnmetered(lab: Lab): Promise<string> {
  const folder = await lab.folder();
  for (const part of ['dist', 'package.json']) {
    // oxlint-disable-next-line no-await-in-loop -- two of them
    await cp(join(root, part), join(folder, part), { recursive: true });
  }
  const { metafile } = await build({
    ...agent,
    outfile: join(folder, 'dist/agent.cjs'),
    plugins: [
      {
        name: 'no meter',
        setup: ({ onResolve }) => onResolve({ filter: /\/meter\/meter\.ts$/ }, () => ({ path: standIn })),
      },
    ],
  });
  if (!Object.keys(metafile.inputs).some((path) => path.endsWith('unmetered/meter.ts')))
    throw new Error('the agent is built with its own meter');
  return join(folder, 'dist/cli.cjs');
}

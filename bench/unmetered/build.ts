import { build } from 'esbuild';
import { cp, symlink } from 'node:fs/promises';
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
  await cp(join(root, 'src'), join(folder, 'src'), { recursive: true });
  await cp(join(root, 'package.json'), join(folder, 'package.json'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  // As `npm run build:agent` does it.
  const { metafile } = await build({
    entryPoints: [join(folder, 'src/agent/main.ts')],
    outfile: join(folder, 'dist/agent.cjs'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node14.17',
    logLevel: 'warning',
    metafile: true,
    plugins: [
      {
        name: 'no meter',
        setup: ({ onResolve }) => onResolve({ filter: /\/meter\/meter\.ts$/ }, () => ({ path: standIn })),
      },
    ],
  });
  if (!Object.keys(metafile.inputs).some((path) => path.endsWith('unmetered/meter.ts')))
    throw new Error('the agent is built with its own meter');
  return join(folder, 'src/cli/main.ts');
}

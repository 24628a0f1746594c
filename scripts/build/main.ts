// Builds what runs into `dist`: node scripts/build/main.ts
// With --package also what else a package holds, into an empty `dist`: the types and the licenses.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installation } from '../../src/installation.ts';
import { buildAll } from './bundles.ts';
import { licenses } from './licenses.ts';
import { declarations } from './types.ts';

const folder = join(installation, 'dist');
const forPackage = process.argv.includes('--package');

if (forPackage) await rm(folder, { recursive: true, force: true });
const inputs = await buildAll();
if (forPackage) {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'index.d.ts'), declarations());
  await writeFile(join(folder, 'licenses.txt'), licenses(inputs));
}

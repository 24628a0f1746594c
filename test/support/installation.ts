import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

const root = join(import.meta.dirname, '..', '..');

/** Has an installation's supervisor and agents speak another version of the protocol than ours. */
export async function speakOtherwise(command: string): Promise<void> {
  const folder = join(command, '..', '..');
  for (const file of ['dist/supervisor.cjs', 'dist/agent.cjs']) {
    const path = join(folder, file);
    // oxlint-disable-next-line no-await-in-loop -- two files
    const text = await readFile(path, 'utf8');
    const changed = text.replace(/protocolVersion = \d+/, 'protocolVersion = 4711');
    if (changed === text) throw new Error(`${file} names no protocolVersion`);
    // oxlint-disable-next-line no-await-in-loop
    await writeFile(path, changed);
  }
}

/** Another installation of Radiant, which says that it is of `version`; returns its command. */
export async function otherInstallation(t: TestContext, version: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rad-other-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const description = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as object;
  await Promise.all([
    cp(join(root, 'bin'), join(folder, 'bin'), { recursive: true }),
    cp(join(root, 'dist'), join(folder, 'dist'), { recursive: true }),
    writeFile(join(folder, 'package.json'), JSON.stringify({ ...description, version })),
  ]);
  return join(folder, 'bin', 'radiant.cjs');
}

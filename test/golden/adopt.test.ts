import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { run } from '../../src/cli/run.ts';
import { openTerminal } from '../../src/cli/output/terminal.ts';
import { loadConfig } from '../../src/config/reading/load.ts';

const cases = join(import.meta.dirname, 'adopt');
const results = ['radiant.config.ts', 'radiant.env'];
/** Beside the input of each case; `UPDATE_GOLDEN=1` writes them anew. */
const expected = { output: 'expected.output.txt', config: 'expected.config.txt', env: 'expected.env.txt' };

async function radiant(args: string[], cwd: string): Promise<{ code: number; output: string }> {
  const stream = new PassThrough();
  let output = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const code = await run(args, { terminal: openTerminal(stream, stream), cwd, env: {} });
  return { code, output };
}

async function same(file: string, actual: string): Promise<void> {
  if (process.env.UPDATE_GOLDEN) await writeFile(file, actual);
  assert.equal(actual, await readFile(file, 'utf8'));
}

for (const name of await readdir(cases)) {
  const golden = join(cases, name);
  test(`init --from: ${name}`, async (t) => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'rad-adopt-')));
    t.after(() => rm(folder, { recursive: true }));
    const inputs = (await readdir(golden)).filter((each) => !/^expected\.|^flags\.json$/.test(each));
    for (const each of inputs) await cp(join(golden, each), join(folder, each));
    const from = inputs.find((each) => each !== 'secrets.json')!;
    const flags: string[] = existsSync(join(golden, 'flags.json'))
      ? (JSON.parse(await readFile(join(golden, 'flags.json'), 'utf8')) as string[])
      : [];

    const { code, output } = await radiant(['init', '--from', from, '--run', ...flags], folder);
    assert.equal(code, 0, output);
    await same(join(golden, expected.output), output.replaceAll(folder, '/FOLDER'));
    const config = await readFile(join(folder, 'radiant.config.ts'), 'utf8');
    await same(join(golden, expected.config), config.replaceAll(folder, '/FOLDER'));
    const env = join(folder, 'radiant.env');
    if (existsSync(env)) {
      assert.equal((await stat(env)).mode & 0o777, 0o600);
      await same(join(golden, expected.env), await readFile(env, 'utf8'));
    } else assert.ok(!existsSync(join(golden, expected.env)), 'no environment file was written');
    const again = await radiant(['init', '--from', from, '--run', ...flags], folder);
    assert.equal(again.code, 78);
    assert.match(again.output, /is there already/);
    // What was written can be started: every option fits.
    const root = process.getuid?.() === 0;
    if (root || !config.includes('\n  user:')) await loadConfig({ flags: {}, cwd: folder, env: {} });
    assert.deepEqual(
      (await readdir(folder)).filter((each) => !inputs.includes(each) && !results.includes(each)),
      [],
    );
  });
}

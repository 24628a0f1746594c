import assert from 'node:assert/strict';
import { test } from 'node:test';
import { build } from 'esbuild';
import { program } from '../scripts/build/bundles.ts';
import { programs, type Program } from '../src/installation.ts';

/** What a program loads before it does anything: its own modules and the packages and modules of Node's that they import. */
async function loadedAtOnce(name: Program): Promise<Set<string>> {
  const { metafile } = await build({ ...program(name), write: false, metafile: true });
  const loaded = new Set<string>();
  const load = (file: string): void => {
    if (loaded.has(file)) return;
    loaded.add(file);
    for (const { path, kind } of metafile.inputs[file]?.imports ?? [])
      if (kind !== 'dynamic-import') load(path);
  };
  load(`src/${programs[name]}.ts`);
  return loaded;
}

const unwanted = (loaded: Set<string>, pattern: RegExp): string[] =>
  [...loaded].filter((file) => pattern.test(file));

test('a keeper, which does nothing for most of its life, loads little', async () => {
  const loaded = await loadedAtOnce('keeper');
  assert.ok(loaded.has('node:net') && loaded.has('src/keeper/supervise.ts'));
  assert.deepEqual(unwanted(loaded, /node_modules|^node:(crypto|https?|readline|tls|zlib)|option-table/), []);
});

test('an app in the foreground holds what a keeper does, and what tells of it', async () => {
  const loaded = await loadedAtOnce('foreground');
  assert.ok(loaded.has('src/keeper/supervise.ts') && loaded.has('src/cli/output/narrate.ts'));
  assert.deepEqual(unwanted(loaded, /node_modules|^node:(crypto|https?|tls|zlib)|option-table|verbs/), []);
});

test('a supervisor loads no TLS and none of the page before it needs them', async () => {
  const loaded = await loadedAtOnce('supervisor');
  assert.ok(loaded.has('src/supervisor/supervisor.ts'));
  assert.deepEqual(
    unwanted(
      loaded,
      /node_modules\/(?!zod|fastest-levenshtein)|^node:(https|tls)|^src\/(admin\/server|acme\/main)/,
    ),
    [],
  );
});

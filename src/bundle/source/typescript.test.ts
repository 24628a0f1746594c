import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTypeScript, runsTypeScript } from './typescript.ts';

const runs = (version: string, options?: string): boolean => runsTypeScript('/srv/a.ts', version, options);

test('Node strips types from 22.18 and 23.6 on, and before that where it is asked to', () => {
  const strip = '--enable-source-maps --experimental-strip-types';
  assert.deepEqual(
    ['20.20.2', '22.17.0', '22.18.0', '23.5.0', '23.6.0', '24.0.0', '26.12.1'].map((version) =>
      runs(version),
    ),
    [false, false, true, false, true, true, true],
  );
  assert.deepEqual(
    ['20.20.2', '22.5.0', '22.6.0', '23.0.0'].map((version) => runs(version, strip)),
    [false, false, true, true],
  );
  assert.equal(runs('22.7.0', '--experimental-transform-types'), true);
  assert.equal(runs('24.1.0', '--no-experimental-strip-types'), false);
  assert.equal(runs('26.0.0', '--no-strip-types'), false);
});

test('what NODE_OPTIONS preload may be a loader', () => {
  for (const options of [
    '--import tsx',
    '--import=tsx/esm',
    '--max-old-space-size=512 -r ts-node/register',
    '--require ./register.cjs',
    '--loader ts-node/esm',
    '--experimental-loader=./own.mjs',
  ]) {
    assert.equal(runs('18.20.8', options), true, options);
  }
  assert.equal(runs('18.20.8', '--enable-source-maps --trace-warnings'), false);
});

test('JSX needs a loader on every Node', () => {
  assert.equal(runsTypeScript('/srv/a.tsx', '24.0.0'), false);
  assert.equal(runsTypeScript('/srv/a.tsx', '24.0.0', '--import tsx'), true);
  assert.deepEqual(['a.ts', 'a.cts', 'a.mts', 'a.jsx', 'a.js', 'a'].map(isTypeScript), [
    true,
    true,
    true,
    true,
    false,
    false,
  ]);
});

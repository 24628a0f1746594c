import assert from 'node:assert/strict';
import { test } from 'node:test';
import { saidLike, saidOf } from './static-headers.ts';
import type { Probe } from './static-probe.ts';

const file = {
  path: '/a.js',
  size: 1,
  sha256: 'x',
  tag: 'x',
  mtimeMs: 0,
  cacheable: true,
  contentType: null,
};
const found = (...rawHeaders: string[]): Probe => ({ status: 200, size: 1, sha256: 'x', rawHeaders });

test('what the app says with bytes that no answer may hold is left to the app', () => {
  assert.ok(saidOf(found('X-Own', 'a\t\xff'), file));
  assert.equal(saidOf(found('X-Own', 'a\x01'), file), undefined);
  assert.equal(saidOf(found('X Own', 'a'), file), undefined);
});

test('the name of a source map is told if an answer may hold it', () => {
  const model = saidOf(found(), file)!;
  const told = (sourceMapUrl: string): unknown =>
    saidLike(model, { ...file, sourceMapUrl }).pairs.find(([name]) => name === 'X-SourceMap')?.[1];
  assert.equal(told('/a.map'), '/a.map');
  assert.equal(told('/\u1234.map'), undefined);
});

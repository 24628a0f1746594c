import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ArchiveGuard, defaultLimits, type ArchiveEntry } from './archive-guard.ts';

function problem(entries: Partial<ArchiveEntry>[], limits = defaultLimits): string | undefined {
  const guard = new ArchiveGuard(limits);
  for (const entry of entries) guard.see({ path: 'file', type: 'File', size: 0, ...entry });
  guard.finish();
  return guard.problem;
}

const link = (path: string, linkpath: string) => ({ path, linkpath, type: 'SymbolicLink' });

test('files, folders and links that stay inside are fine', () => {
  const entries = [{ path: 'a/', type: 'Directory' }, { path: './a/b' }, { path: 'a/..b' }];
  assert.equal(problem([...entries, link('a/.bin/x', '../b'), link('dangling', 'a/none')]), undefined);
  assert.equal(problem([{ path: 'b' }, { path: 'a', type: 'Link', linkpath: 'b' }]), undefined);
});

test('paths that leave the folder are refused', () => {
  assert.match(problem([{ path: '/etc/passwd' }]) ?? '', /absolute/);
  assert.match(problem([{ path: 'a/../../b' }]) ?? '', /outside/);
});

test('links that lead outside are refused, also through other links', () => {
  assert.match(problem([link('a', '/etc')]) ?? '', /link a points outside/);
  assert.match(problem([link('a/b', '../../x')]) ?? '', /outside/);
  assert.match(
    problem([link('deep/er/s', '../..'), link('t', 'deep/er/s/../x')]) ?? '',
    /link t points outside/,
  );
  assert.match(problem([link('a', 'b'), link('b', 'a')]) ?? '', /outside/);
  assert.match(problem([{ path: 'a', type: 'Link', linkpath: '../x' }]) ?? '', /hard link/);
});

test('devices and pipes are refused', () => {
  for (const type of ['CharacterDevice', 'BlockDevice', 'FIFO']) {
    assert.match(problem([{ type }]) ?? '', /neither a file/);
  }
});

test('too many bytes, too many entries and none at all are refused', () => {
  assert.match(problem([{ size: 6 }, { size: 5 }], { bytes: 10, entries: 9 }) ?? '', /more than 10 bytes/);
  assert.match(problem([{}, {}], { bytes: 10, entries: 1 }) ?? '', /more than 1 files/);
  assert.match(problem([]) ?? '', /no files/);
});

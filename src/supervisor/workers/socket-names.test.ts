import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Config } from '../../config/types.ts';
import { runFolderAt } from '../../disk/run-folder.ts';
import { SocketNames } from './socket-names.ts';

test('every slot has a name from the first worker on, and empty ones are spread over those that live', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rad-names-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const failed: number[] = [];
  const config = { name: 'shop', workers: 2, spare: 0, scaling: { min: 1, max: 5 } } as Config;
  const names = new SocketNames(config, runFolderAt(folder, folder), (slot) => failed.push(slot));
  const targets = (): string[] =>
    readdirSync(folder)
      .toSorted()
      .map((name) => readlinkSync(join(folder, name)));
  const one = { slot: 1, socket: '/one' };
  const two = { slot: 2, socket: '/two' };

  names.spread([]);
  assert.deepEqual(targets(), []);
  names.point(1, '/one');
  names.spread([one]);
  assert.deepEqual(targets(), ['/one', '/one', '/one', '/one', '/one']);
  names.point(2, '/two');
  names.spread([one, two]);
  assert.deepEqual(targets(), ['/one', '/two', '/one', '/two', '/one']);
  // The newest of a slot's own workers keeps its name; one of another slot never takes it.
  names.point(1, '/newer');
  names.spread([one, two, { slot: 1, socket: '/newer' }]);
  assert.deepEqual(targets().slice(0, 2), ['/newer', '/two']);
  names.spread([two]);
  assert.deepEqual(targets(), ['/two', '/two', '/two', '/two', '/two']);
  names.spread([]);
  assert.equal(targets().length, 5, 'nobody lives: the names stay for whoever comes next');
  // A supervisor that follows, with fewer workers, still has the names of all slots that there were.
  const next = new SocketNames(
    { ...config, scaling: { min: 1, max: 2 } } as Config,
    runFolderAt(folder, folder),
    () => {},
  );
  next.spread([one]);
  assert.deepEqual(targets(), ['/one', '/one', '/one', '/one', '/one']);
  next.remove();
  assert.deepEqual([targets(), failed], [[], []]);
});

import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { recordOf } from '../machine/worker-record.ts';
import type { Launch } from '../running/launch.ts';
import { handLaunch, removeHandedLeft, takeHandedLaunch } from './handed-launch.ts';

const launch = { config: { name: 'shop' }, release: { number: 1 } } as Launch;
const self = recordOf(process.pid);

function runFolder(t: TestContext): { folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'rad-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return { folder };
}

test('a launch is taken once, by whom it was meant for, and nobody else can read it', (t) => {
  const run = runFolder(t);
  handLaunch(run, launch, self);
  const [name] = readdirSync(run.folder);
  assert.equal(statSync(join(run.folder, name!)).mode & 0o777, 0o600);
  assert.throws(() => takeHandedLaunch(run, { ...self, startTime: '1' }), { code: 'ENOENT' });
  assert.deepEqual(takeHandedLaunch(run, self), launch);
  assert.deepEqual(readdirSync(run.folder), []);
});

test('nothing is written to nor read from a folder that others can write to', (t) => {
  const run = runFolder(t);
  handLaunch(run, launch, self);
  chmodSync(run.folder, 0o777);
  assert.throws(() => takeHandedLaunch(run, self), { code: 'UNSAFE_FOLDER' });
  assert.throws(() => handLaunch(run, launch, self), { code: 'UNSAFE_FOLDER' });
  assert.equal(readdirSync(run.folder).length, 1);
});

test('what a process has left is removed, and what a living one is about to take stays', (t) => {
  const run = runFolder(t);
  handLaunch(run, launch, self);
  handLaunch(run, launch, { ...self, startTime: '1' }); // one whose number this process has now
  removeHandedLeft(run);
  assert.deepEqual(takeHandedLaunch(run, self), launch);
  assert.deepEqual(readdirSync(run.folder), []);
});

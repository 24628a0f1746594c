import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { runFolderAt } from '../../disk/run-folder.ts';
import { EventBus } from '../events/event-bus.ts';
import { HeapSnapshots } from './heap-snapshots.ts';
import { makeSnapshotFolder, snapshotFolder } from '../workers/snapshot-folder.ts';
import type { FleetEvent } from '../../running/events.ts';
import type { Worker } from '../workers/worker.ts';

function world(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'rad-heap-'));
  t.after(() => rmSync(root, { recursive: true }));
  const run = runFolderAt(join(root, 'run'), join(root, 'state'));
  const events = new EventBus();
  const told: FleetEvent[] = [];
  events.subscribe((event) => event.type === 'snapshot' && told.push(event));
  /** As Node does it: the file first, in the end a line. */
  const begin = (release: number, pid: number, second: number): string => {
    const folder = makeSnapshotFolder(snapshotFolder(run, release), undefined);
    const path = join(folder, `Heap.20260102.030405.${pid}.0.001.heapsnapshot`);
    writeFileSync(path, '{}');
    const at = Date.now() / 1000 - 60 + second;
    utimesSync(path, at, at);
    return path;
  };
  const say = (line: string): void => events.happened({ type: 'output', slot: 1, line });
  return { run, events, told, begin, say };
}

test('the newest snapshots are kept, whatever release they are of', (t) => {
  const { run, events, told, begin, say } = world(t);
  const snapshots = new HeapSnapshots(run, 2, events);
  const paths = [begin(1, 11, 1), begin(2, 12, 2), begin(2, 13, 3)];
  assert.equal(statSync(snapshotFolder(run, 1)).mode & 0o777, 0o700);
  const writing = (release: number, pid: number): boolean =>
    snapshots.writing({ release, record: { pid } } as Worker);
  assert.ok(writing(2, 13));
  assert.ok(!writing(2, 14));
  say(`Wrote snapshot to ${paths[2]}`);
  assert.ok(!writing(2, 13), 'it is complete');
  assert.deepEqual(
    told.map((event) => event.type === 'snapshot' && [event.slot, event.pid, event.file]),
    [[1, 13, paths[2]]],
  );
  assert.deepEqual(
    [readdirSync(snapshotFolder(run, 1)), readdirSync(snapshotFolder(run, 2)).length],
    [[], 2],
  );
});

test('what an app writes is not believed', (t) => {
  const { run, events, told, begin, say } = world(t);
  const snapshots = new HeapSnapshots(run, 1, events);
  const path = begin(1, 11, 1);
  const other = join(run.releases, '1', 'heap', 'notes.txt');
  writeFileSync(other, 'x');
  say(`Wrote snapshot to ${other}`);
  say('Wrote snapshot to /etc/passwd');
  say(`Wrote snapshot to ${path}.gone`);
  assert.deepEqual(told, []);
  assert.ok(snapshots.writing({ release: 1, record: { pid: 11 } } as Worker));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Happening } from '../events/event-bus.ts';
import type { Worker } from '../workers/worker.ts';
import { MemoryGuard, type MemoryGuardParts } from './memory-guard.ts';

const limit = 100;

interface Rig {
  guard: MemoryGuard;
  workers: { slot: number; open: boolean; outgoing?: string; load: { rssBytes: number } }[];
  happened: Happening[];
  deploys: { busy: boolean };
}

function rig(...rss: number[]): Rig {
  const workers: Rig['workers'] = rss.map((rssBytes, index) => ({
    slot: index + 1,
    record: { pid: 100 + index },
    open: true,
    load: { rssBytes },
  }));
  const happened: Happening[] = [];
  const deploys = { busy: false };
  const parts: MemoryGuardParts = {
    config: {},
    pool: { workers: new Map(workers.map((worker) => [worker.slot, worker as unknown as Worker])) },
    desired: { stopping: false, want: () => {} },
    deploys,
    happened: (event: Happening) => happened.push(event),
  };
  return { guard: new MemoryGuard(parts), workers, happened, deploys };
}

const look = ({ guard }: Rig, times: number): void => {
  for (let i = 0; i < times; i += 1) guard.look(limit);
};

test('only who is over the limit for some looks in a row is replaced', () => {
  const fleet = rig(90, 120);
  look(fleet, 2);
  fleet.workers[1]!.load.rssBytes = 99;
  look(fleet, 1);
  fleet.workers[1]!.load.rssBytes = 130;
  look(fleet, 2);
  assert.deepEqual(fleet.happened, []);
  look(fleet, 1);
  assert.deepEqual(fleet.happened, [{ type: 'memory', slot: 2, pid: 101, rssBytes: 130, limitBytes: limit }]);
  assert.deepEqual(
    fleet.workers.map(({ outgoing }) => outgoing),
    [undefined, 'memory'],
  );
});

test('one at a time, the fullest first, and not during a deploy', () => {
  const fleet = rig(110, 150);
  fleet.deploys.busy = true;
  look(fleet, 5);
  assert.deepEqual(fleet.happened, []);
  fleet.deploys.busy = false;
  look(fleet, 5);
  assert.deepEqual(
    fleet.workers.map(({ outgoing }) => outgoing),
    [undefined, 'memory'],
  );
  delete fleet.workers[1]!.outgoing;
  fleet.workers[1]!.load.rssBytes = 50;
  look(fleet, 1);
  assert.equal(fleet.workers[0]!.outgoing, 'memory');
});

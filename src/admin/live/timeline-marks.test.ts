import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FleetEvent } from '../../running/events.ts';
import { TimelineMarks, markOf } from './timeline-marks.ts';

const exit = { type: 'exit' as const, slot: 2, pid: 7, reason: 'exit code 1', output: [] };

test('what an operator looks for is a mark, and what follows from it is none', () => {
  const events: [event: FleetEvent, kind: string | undefined, text?: string][] = [
    [{ time: 1, type: 'asked', operation: 'restart', text: 'restart' }, 'restart', 'Restart'],
    [{ time: 1, type: 'asked', operation: 'scale', text: 'scale to 3 workers' }, undefined],
    [{ time: 1, type: 'scaled', from: 2, to: 3, reason: 'by hand' }, 'scale'],
    [{ time: 1, ...exit, expected: false }, 'crash', 'Worker 2 (pid 7) ended: exit code 1'],
    [{ time: 1, ...exit, expected: true }, undefined],
    [{ time: 1, type: 'starting', slot: 2, pid: 8, cause: 'died' }, undefined],
    [{ time: 1, type: 'rollout', release: 4, step: 'switched' }, 'deploy', 'Release 4: new visitors get it'],
    [{ time: 1, type: 'rollout', release: 4, step: 'draining' }, undefined],
    [{ time: 1, type: 'rollout', release: 4, step: 'back', reason: 'errors\nmore' }, 'recovery'],
    [{ time: 1, type: 'retry', slot: 2, inMs: 10, failing: false }, undefined],
    [{ time: 1, type: 'retry', slot: 2, inMs: 30_000, failing: true }, 'warning'],
    [{ time: 1, type: 'state', state: 'running' }, undefined],
    [{ time: 1, type: 'output', slot: 1, line: 'hello' }, undefined],
  ];
  for (const [event, kind, text] of events) {
    const moment = markOf(event);
    assert.equal(moment?.kind, kind, JSON.stringify(event));
    if (text !== undefined) assert.equal(moment?.text, text);
    assert.doesNotMatch(moment?.text ?? '', /\n/);
  }
});

test('a crash loop fills no memory, and an hour later nothing is shown of it', () => {
  const moments = new TimelineMarks();
  for (let time = 1; time <= 5000; time += 1) moments.add({ time, ...exit, expected: false });
  assert.equal(moments.list(6000).length, 500);
  assert.equal(moments.list(6000).at(-1)!.at, 5000);
  assert.equal(moments.list(3_600_000 + 4991).length, 9);
});

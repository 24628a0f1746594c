import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventText } from '../../history/text.ts';
import { agentMessages } from '../../protocol/messages.ts';
import { parseMessage } from '../../protocol/shape.ts';
import { AgentFaults } from './agent-faults.ts';
import type { Happening } from '../events/event-bus.ts';
import type { FleetEvent } from '../../running/events.ts';
import type { Worker } from '../workers/worker.ts';

const worker = { slot: 2, record: { pid: 7 } } as Worker;
const message = { type: 'fault' as const, entry: 'timer', stack: 'Error: no\n    at f (a.js:1:2)', count: 1 };

function setUp() {
  const events: Happening[] = [];
  let now = 0;
  const faults = new AgentFaults({ happened: (event) => void events.push(event) }, () => now);
  return { faults, events, pass: (ms: number) => (now += ms) };
}

test('a fault becomes an event with its stack', () => {
  const { faults, events } = setUp();
  faults.told(worker, message);
  const stack = ['Error: no', 'at f (a.js:1:2)'];
  assert.deepEqual(events, [{ type: 'fault', slot: 2, pid: 7, entry: 'timer', stack, count: 1 }]);
  const text = eventText({ time: 0, ...events[0]! });
  assert.equal(text, 'worker 2 (pid 7) goes on: what Radiant does in it failed (timer): Error: no');
});

test('what a worker says is not trusted', () => {
  const { faults, events } = setUp();
  const stack = `\u001b[2J\u0000${'x'.repeat(9_000)}\n`.repeat(100);
  faults.told(worker, { ...message, entry: 'rm -rf', stack, count: -1e300 });
  faults.told(worker, { ...message, stack: '\n'.repeat(1_000) + 'late', count: 1e300 });
  const [first, second] = events as Extract<FleetEvent, { type: 'fault' }>[];
  assert.equal(first!.entry, 'unknown');
  assert.equal(first!.count, 1);
  assert.ok(first!.stack.join('').length <= 2_000);
  // oxlint-disable-next-line no-control-regex
  assert.doesNotMatch(first!.stack.join(''), /[\u0000-\u001f]/);
  assert.deepEqual([second!.stack, second!.count], [[], 1_000_000]);
  for (const wrong of [{ entry: 1 }, { stack: null }, { count: 'NaN' }]) {
    assert.equal(parseMessage(agentMessages, JSON.stringify({ ...message, ...wrong })), undefined);
  }
});

test('a worker that tells one after the other is heard ten times a minute', () => {
  const { faults, events, pass } = setUp();
  for (let i = 0; i < 1_000; i += 1) faults.told(worker, message);
  assert.equal(events.length, 10);
  faults.told({ slot: 3, record: { pid: 8 } } as Worker, message);
  assert.equal(events.length, 11, 'another worker is heard');
  pass(60_001);
  faults.told(worker, message);
  assert.equal(events.length, 12);
});

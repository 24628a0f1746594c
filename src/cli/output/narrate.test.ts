import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { fakeStatus } from '../../../test/support/fake-fleet.ts';
import type { FleetEvent } from '../../running/events.ts';
import { narrate, readyLines } from './narrate.ts';
import { openTerminal } from './terminal.ts';

const terminal = openTerminal(new PassThrough(), new PassThrough());
const at = { time: 0 };

test('events are told in one line each, or not at all', () => {
  const lines: [FleetEvent, string | undefined][] = [
    [{ ...at, type: 'starting', slot: 1, pid: 5, cause: 'start' }, undefined],
    [{ ...at, type: 'ready', slot: 1, pid: 5, startedInMs: 940 }, 'worker 1 ready in 0.9 s (pid 5)'],
    [{ ...at, type: 'output', slot: 2, line: 'hello' }, '2 | hello'],
    [
      { ...at, type: 'exit', slot: 1, pid: 5, reason: 'exit code 1', expected: false, output: [] },
      'worker 1 (pid 5) ended: exit code 1',
    ],
    [
      { ...at, type: 'exit', slot: 1, pid: 5, reason: 'SIGTERM', expected: true, output: [] },
      'worker 1 stopped',
    ],
    [{ ...at, type: 'retry', slot: 1, inMs: 0, failing: false }, 'worker 1 starts again now'],
    [
      { ...at, type: 'retry', slot: 1, inMs: 30_000, failing: true },
      'worker 1 keeps ending soon after its start; next try in 30 s',
    ],
    [
      { ...at, type: 'scaled', from: 2, to: 3, reason: '80 % of the event loop' },
      '3 workers wanted instead of 2: 80 % of the event loop',
    ],
    [{ ...at, type: 'limit', text: 'max is 3' }, 'max is 3'],
    [{ ...at, type: 'notice', slot: 0, text: 'note' }, 'note'],
    [{ ...at, type: 'state', state: 'running' }, undefined],
  ];
  for (const [event, line] of lines) assert.equal(narrate(event, terminal), line);
});

test('the table at start has the URL and the workers', () => {
  const text = readyLines(fakeStatus(), terminal).join('\n');
  assert.match(text, /shop is ready at http:\/\/localhost:3000/);
  assert.match(text, /2 +1002 +ready +20\.18\.0 +107 MB +\/run\/radiant\/shop\/shop\.2\.sock/);
});

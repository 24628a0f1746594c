import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FleetEvent } from '../running/events.ts';
import { eventText } from './text.ts';

const at = { time: 0 };

test('events are told in one line each', () => {
  const lines: [FleetEvent, string][] = [
    [
      { ...at, type: 'starting', slot: 1, pid: 5, cause: 'died' },
      'worker 1 starts (pid 5): the one before died',
    ],
    [
      { ...at, type: 'starting', slot: 1, pid: 5, cause: 'deploy 4' },
      'worker 1 starts (pid 5): deploy of release 4',
    ],
    [{ ...at, type: 'starting', slot: 1, pid: 5, cause: 'full moon' }, 'worker 1 starts (pid 5): full moon'],
    [{ ...at, type: 'state', state: 'running' }, 'the app is running'],
    [
      { ...at, type: 'rollout', release: 4, step: 'failed', reason: 'no' },
      'release 4: it never took over: no',
    ],
    [{ ...at, type: 'asked', operation: 'stop', text: 'stop' }, 'asked for: stop'],
    [
      { ...at, type: 'supervisor', step: 'took over', pid: 7, reason: 'it was ended by SIGKILL' },
      'another supervisor took over (pid 7): it was ended by SIGKILL',
    ],
    [{ ...at, type: 'eclipse', of: 'sun' } as unknown as FleetEvent, 'eclipse of sun'],
  ];
  for (const [event, line] of lines) assert.equal(eventText(event), line);
});

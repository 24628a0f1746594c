import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { fakeStatus, fakeWorker } from '../../../test/support/fake-fleet.ts';
import { statusLines } from './status.ts';
import { openTerminal } from '../output/terminal.ts';

const terminal = openTerminal(new PassThrough(), new PassThrough());

test('status shows how the number of workers came about', () => {
  const target = { eventLoop: 0.6, sessions: 500, memory: 0.8 };
  const last = { from: 2, to: 4, reason: '91 % of the event loop', at: '2026-03-01T12:30:00.000Z' };
  const scaling = {
    spare: 0,
    wanted: 4,
    automatic: { min: 2, max: 4, target },
    last,
    limit: '5 workers are needed',
  };
  assert.deepEqual(statusLines(fakeStatus({ scaling }), terminal).slice(3, 6), [
    'workers: 4, from 2 to 4 as the load asks; aimed at: event loop 60 %, 500 sessions each, 80 % of the memory',
    'scaled from 2 to 4 at 2026-03-01 12:30:00: 91 % of the event loop',
    '5 workers are needed',
  ]);
});

test('status shows every worker, and why one fails', () => {
  const lastExit = { reason: 'exit code 1', output: ['Error: no luck', '    at main'] };
  const failing = fakeWorker(2, { state: 'failing', pid: null, restarts: 5, lastExit });
  assert.deepEqual(statusLines(fakeStatus({ workers: [fakeWorker(1), failing] }), terminal), [
    'shop is running at http://localhost:3000',
    'supervisor: pid 999, 60 MB, up 1m 20s; affinity: client; leader: worker 1',
    'release: 1',
    '',
    'worker  pid   state    up      connections  websockets  requests  event loop  memory  restarts',
    '     1  1001  ready    1m 15s           12           8     12345        12 %  107 MB         0',
    '     2  -     failing  -                12           8     12345        12 %  107 MB         5',
    '',
    'worker 2 is failing: exit code 1; its last lines:',
    '  Error: no luck',
    '      at main',
  ]);
});

test('status shows a deploy that is under way, and why a release was left', () => {
  const status = fakeStatus({
    workers: [fakeWorker(1), fakeWorker(1, { release: 2, state: 'starting' })],
    rollout: { to: 2, step: 'first' },
    wentBack: { from: 3, to: 1, reason: '40 % of its answers were errors', at: '2026-11-24T12:00:01.000Z' },
  });
  const text = statusLines(status, terminal).join('\n');
  assert.match(text, /^release: 1; deploy of release 2: first; workers of release 2 live too$/m);
  assert.match(
    text,
    /^went back from release 3 to 1 at 2026-11-24 12:00:01: 40 % of its answers were errors$/m,
  );
});

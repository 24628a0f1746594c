import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { fakeStatus, fakeWorker } from '../control/fake-fleet.ts';
import type { FleetEvent } from '../running/events.ts';
import { narrate, readyLines } from './narrate.ts';
import { showProgress } from './progress.ts';
import { statusLines } from './status.ts';
import { openTerminal, type Terminal } from './terminal.ts';

function plain(tty = false): { terminal: Terminal; text: () => string; stream: PassThrough } {
  const stream = new PassThrough();
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const out = Object.assign(stream, { isTTY: tty, columns: 60, hasColors: () => false });
  return { terminal: openTerminal(out, out), text: () => text, stream };
}

const { terminal } = plain();
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

test('the table at start has the URL and the workers', () => {
  const text = readyLines(fakeStatus(), terminal).join('\n');
  assert.match(text, /shop is ready at http:\/\/localhost:3000/);
  assert.match(text, /2 +1002 +ready +20\.18\.0 +107 MB +\/run\/radiant\/shop\/shop\.2\.sock/);
});

test('a transfer is a bar on a terminal and a line now and then elsewhere', () => {
  let now = 0;
  const file = plain();
  const progress = showProgress(file.terminal, () => now);
  progress.step('Node 20.18.0 from the npm registry');
  for (; now <= 11_000; now += 100) progress.transfer('Node', now * 1000, 11_000_000);
  assert.equal(
    file.text(),
    'Node 20.18.0 from the npm registry\nNode: 4.8 MB of 10 MB\nNode: 9.5 MB of 10 MB\n',
  );
  const tty = plain(true);
  const bar = showProgress(tty.terminal);
  bar.transfer('Node', 50, 100);
  bar.transfer('Node', 100, 100);
  bar.step('done');
  assert.equal(tty.text(), `Node [${'#'.repeat(12)}${' '.repeat(12)}] 50 B of 100 B\r\x1b[Kdone\n`);
});

test('a reader that goes away ends the printing, nothing else', () => {
  const gone = plain();
  gone.stream.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  gone.terminal.print('nobody reads this');
  assert.equal(gone.text(), '');
});

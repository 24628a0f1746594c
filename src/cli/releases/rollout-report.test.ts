import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { DeployReport } from '../../running/operations.ts';
import type { FleetEvent } from '../../running/events.ts';
import { reportTo } from './rollout-report.ts';
import { openTerminal } from '../output/terminal.ts';

const report: DeployReport = {
  from: 1,
  to: 2,
  switchedInMs: 900,
  ms: 12_400,
  sessionsMoved: 12,
  departures: { handedOver: 9, reconnected: { 'state over 1 MB': 3 } },
  requestsFailed: 1,
  busiestSecond: { goodbyes: 5, limit: 100 },
};

const events: FleetEvent[] = [
  { time: 0, type: 'rollout', release: 2, step: 'first' },
  { time: 0, type: 'rollout', release: 1, step: 'done' },
  { time: 0, type: 'ready', slot: 1, pid: 5, startedInMs: 940 },
  { time: 0, type: 'output', slot: 1, line: 'hello' },
  { time: 0, type: 'notice', slot: 0, text: 'of the app' },
  { time: 0, type: 'notice', slot: 1, text: 'listens on a second port' },
  { time: 0, type: 'rollout', release: 2, step: 'switched' },
  { time: 0, type: 'rollout', release: 2, step: 'watching' },
];

/** The lines of a deploy of release 2, without the times, which differ. */
function told(json: boolean, watch: number): string[] {
  const stream = new PassThrough();
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const out = reportTo(openTerminal(stream, stream), json);
  out.progress.step('Copying build');
  out.progress.transfer('Node', 50, 100);
  for (const event of events) out.event(event, 2);
  out.summary('shop', report, watch);
  return text.trimEnd().split('\n');
}

test('people read the steps, and what came of it', () => {
  const lines = told(false, 60_000).map((line) => line.replace(/^ +[\d.]+ s {2}/, ''));
  assert.deepEqual(lines, [
    'Copying build',
    'release 2: starting its first worker alone',
    'worker 1 ready in 0.9 s (pid 5)',
    'worker 1: listens on a second port',
    'release 2: switched: new visitors get it',
    'shop: release 1 → 2 in 12 s (switched after 0.9 s), 12 sessions moved, 1 request failed; handed over 9, reconnected 3: state over 1 MB',
    'It is watched for 1m 0s and left again by itself if it does clearly worse.',
  ]);
  assert.equal(told(false, 0).length, lines.length - 1, 'nobody watches');
});

test('scripts read the same as JSON, line by line', () => {
  const lines = told(true, 60_000).map((line) => JSON.parse(line) as Record<string, unknown>);
  const last = lines.pop();
  assert.deepEqual(
    lines.map(({ ms, ...rest }) => (assert.equal(typeof ms, 'number'), rest)),
    [
      { step: 'Copying build' },
      { step: 'release 2: starting its first worker alone', rollout: 'first', release: 2 },
      { step: 'worker 1 ready in 0.9 s (pid 5)', slot: 1, pid: 5 },
      { step: 'worker 1: listens on a second port', slot: 1 },
      { step: 'release 2: switched: new visitors get it', rollout: 'switched', release: 2 },
    ],
  );
  assert.deepEqual(last, { done: true, name: 'shop', ...report, watchedForMs: 60_000 });
});

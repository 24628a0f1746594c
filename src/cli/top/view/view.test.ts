import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fakeStatus, fakeWorker } from '../../../../test/support/fake-fleet.ts';
import type { FleetEvent } from '../../../running/events.ts';
import type { Status, WorkerStatus } from '../../../running/status.ts';
import { press } from '../input/commands.ts';
import { ascii, unicode, type Glyphs } from '../drawing/glyphs.ts';
import { lineWidth, paint, text } from '../drawing/line.ts';
import { beginning, heard, lostTouch, sampled, type TopState } from '../model/state.ts';
import { picture, snapshot } from './view.ts';
import { widthOf } from '../drawing/width.ts';

process.env.TZ = 'UTC';

const golden = join(import.meta.dirname, '../../../../test/golden/top');
const start = Date.UTC(2026, 10, 24, 14, 0, 0);
const looks = 90;

/** A number that looks as if it were measured, the same in each run. */
const wave = (seed: number, look: number): number =>
  (Math.sin(seed * 7 + look / 5) + Math.sin(seed * 3 + look / 11) + 2) / 4;

function worker(slot: number, look: number, rest: Partial<WorkerStatus> = {}): WorkerStatus {
  return fakeWorker(slot, {
    pid: 4000 + slot * 17,
    uptimeSeconds: 3600 * slot + look,
    eventLoopUtilization: 0.1 + 0.85 * wave(slot, look),
    rssBytes: (100 + slot * 3 + look * (slot === 2 ? 1 : 0.01)) * 1024 * 1024,
    websockets: 100 + 7 * slot,
    longPolls: slot,
    restarts: slot === 3 ? 2 : 0,
    ...rest,
  });
}

const events: FleetEvent[] = [
  { time: start, type: 'starting', slot: 1, pid: 4017, cause: 'start' },
  { time: start + 940, type: 'ready', slot: 1, pid: 4017, startedInMs: 940 },
  { time: start + 950, type: 'state', state: 'running' },
  { time: start + 1000, type: 'output', slot: 1, line: 'is not shown here' },
  { time: start + 2000, type: 'exit', slot: 3, pid: 77, reason: 'exit code 1', expected: false, output: [] },
  { time: start + 2001, type: 'retry', slot: 3, inMs: 0, failing: false },
  { time: start + 3000, type: 'notice', slot: 2, text: 'listens on 商品 too\x1b[2J\n and more' },
];

/** A state after a minute and a half of looking at what `look` gives. */
function watched(look: (index: number) => Partial<Status>): TopState {
  const sample = (index: number) => {
    const status = fakeStatus(look(index));
    const rates = status.workers.map(({ slot, pid }): [number, number] => [
      pid ?? 0,
      Math.round(200 * wave(slot + 5, index)),
    ]);
    return { at: start + index * 1000, status, rates: new Map(rates) };
  };
  let state = beginning(sample(0));
  for (const event of events) state = heard(state, event);
  for (let index = 1; index < looks; index += 1) state = sampled(state, sample(index));
  return state;
}

const crowd =
  (count: number) =>
  (look: number): Partial<Status> => ({
    workers: Array.from({ length: count }, (_, index) => worker(index + 1, look)),
  });

const failing = (look: number): Partial<Status> => {
  const output = ['Error: 接続 failed', '    at main (server.js:1:1)'];
  const lastExit = { reason: 'exit code 1', output };
  const dead = worker(2, look, { pid: null, state: 'failing', restarts: 5, lastExit });
  return { workers: [worker(1, look), dead] };
};

const deploying = (look: number): Partial<Status> => ({
  rollout: { to: 2, step: 'others' },
  workers: [1, 2, 3, 4].flatMap((slot) => [
    worker(slot, look),
    ...(slot > 3
      ? []
      : [worker(slot, look, { pid: 5000 + slot, release: 2, state: slot === 3 ? 'starting' : 'ready' })]),
  ]),
});

const draining = (look: number): Partial<Status> => ({
  release: 2,
  rollout: { to: 2, step: 'draining' },
  workers: [1, 2].flatMap((slot) => [
    worker(slot, look, { state: slot === 1 ? 'standby' : 'draining', websockets: slot * 100 - 100 }),
    worker(slot, look, { pid: 5000 + slot, release: 2 }),
  ]),
});

const now = start + looks * 1000;

function draw(state: TopState, columns: number, rows: number, glyphs: Glyphs = unicode): string[] {
  const lines = picture(state, { columns, rows, glyphs }, now);
  for (const line of lines) assert.ok(lineWidth(line) <= columns, text(line));
  assert.equal(lines.length, rows);
  return lines.map((line) => text(line).trimEnd());
}

function matchesGolden(name: string, lines: readonly string[]): void {
  const file = join(golden, `${name}.txt`);
  const drawn = `${lines.join('\n')}\n`;
  if (process.env.UPDATE_GOLDEN === '1' || !existsSync(file)) {
    assert.notEqual(process.env.CI, 'true', `${file} is missing`);
    mkdirSync(golden, { recursive: true });
    writeFileSync(file, drawn);
  }
  assert.equal(drawn, readFileSync(file, 'utf8'));
}

const pictures: [name: string, look: (index: number) => Partial<Status>, columns: number, rows: number][] = [
  ['four-80x24', crowd(4), 80, 24],
  ['four-40x20', crowd(4), 40, 20],
  ['four-120x40', crowd(4), 120, 40],
  ['sixteen-80x24', crowd(16), 80, 24],
  ['sixteen-100x12', crowd(16), 100, 12],
  ['failing-80x24', failing, 80, 24],
  ['deploying-80x24', deploying, 80, 24],
  ['draining-80x24', draining, 80, 24],
];
for (const [name, look, columns, rows] of pictures) {
  test(`the picture ${name} (UPDATE_GOLDEN=1 writes it anew)`, () => {
    matchesGolden(name, draw(watched(look), columns, rows));
  });
}

test('help, in ASCII, and what --once prints', () => {
  const state = watched(crowd(4));
  matchesGolden('help-80x24', draw(press(state, '?').state, 80, 24));
  matchesGolden('ascii-80x24', draw(state, 80, 24, ascii));
  const lines = snapshot(state, 100, unicode, now).map((line) => text(line).trimEnd());
  matchesGolden('once-100', lines);
});

test('every size of window gets lines that fit', () => {
  const states = [watched(crowd(16)), watched(failing), watched(deploying)];
  for (const state of states) {
    for (let columns = 1; columns <= 130; columns += 3)
      for (const rows of [1, 2, 5, 9, 24]) draw(state, columns, rows);
  }
});

test('a window that gets narrower loses whole columns, the least important first', () => {
  const state = watched(crowd(4));
  const heads = (columns: number): string[] => draw(state, columns, 24)[3]!.trim().split(/ +/);
  assert.deepEqual(heads(100), ['#▲', 'pid', 'state', 'up', 'loop', 'memory', 'sess', 'req/s', 'rst']);
  assert.deepEqual(heads(40), ['#▲', 'state', 'loop', 'memory', 'sess', 'req/s']);
  assert.deepEqual(heads(24), ['#▲', 'state', 'loop', 'memory']);
  assert.deepEqual(heads(12), ['#▲', 'state']);
});

test('the cursor stays in sight when there are more workers than lines', () => {
  let state = watched(crowd(40));
  for (let index = 0; index < 30; index += 1) state = press(state, 'down').state;
  const lines = picture(state, { columns: 80, rows: 24, glyphs: unicode }, now);
  const selected = lines.find((line) => line.some(({ style }) => style === 'inverse'));
  assert.match(text(selected!), /^31 /);
  assert.match(text(lines[2]!), /22 to 40 of 40$/);
});

test('what others wrote cannot do anything to the terminal', () => {
  const painted = picture(watched(crowd(2)), { columns: 80, rows: 24, glyphs: unicode }, now)
    .map((line) => paint(line, true))
    .join('\n');
  assert.match(painted, /listens on 商品 too/);
  assert.ok(!painted.includes('\x1b[2J'));
});

test('a supervisor that does not answer is told, with what was known last', () => {
  const state = lostTouch(watched(crowd(2)), 'nobody answers at /run/shop/control.sock', now - 5000);
  const lines = draw(state, 80, 24);
  assert.equal(lines[2], 'reconnecting for 5s: nobody answers at /run/shop/control.sock');
  assert.match(lines[4]!, /4017 ready/);
});

test('without colours what is bold or inverse stays so', () => {
  const line = [
    { text: 'a', style: 'red' as const },
    { text: 'b', style: 'inverse' as const },
  ];
  assert.equal(paint(line, true), '\x1b[31ma\x1b[0m\x1b[7mb\x1b[0m');
  assert.equal(paint(line, false), 'a\x1b[7mb\x1b[0m');
});

test('a width is what a terminal takes', () => {
  assert.deepEqual(['abc', '商品', 'e\u0301', '▁▂█'].map(widthOf), [3, 4, 1, 3]);
});

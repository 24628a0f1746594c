import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { followLogs, lastLines, readLogs, type LogEntry } from './app-logs.ts';

/** Writes a log, or a piece of one, and its times; all times are seconds. */
function write(path: string, text: string, marks: [number, number][], seconds: number): void {
  writeFileSync(path, path.endsWith('.gz') ? gzipSync(text) : text);
  const times = path.replace(/\.log(\.\d+)?(\.gz)?$/, '.times$1');
  writeFileSync(times, marks.map(([offset, time]) => `${offset} ${time * 1000}\n`).join(''));
  utimesSync(path, seconds, seconds);
}

/** Logs of two releases: worker 1 of the first was rotated twice, the older piece is compressed. */
function releases(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'radiant-logs-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [first, second] = [join(folder, '1', 'log'), join(folder, '2', 'log')];
  for (const log of [first, second]) mkdirSync(log, { recursive: true });
  write(
    join(first, '1.log.1.gz'),
    'a1\na2\n',
    [
      [0, 100],
      [3, 200],
    ],
    200,
  );
  write(join(first, '1.log.2'), 'WARN a3\n  at a4\na5 is', [[0, 300]], 400);
  write(join(first, '1.log'), ' long\na6\n', [[6, 500]], 500);
  write(join(first, '2.log'), 'b1\nb2 without end', [[0, 350]], 350);
  write(join(second, '1.log'), '{"level":50,"msg":"c1"}\n', [[0, 600]], 600);
  return folder;
}

async function lines(entries: AsyncIterable<LogEntry>): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of entries) found.push(entry.line);
  return found;
}

test('lines of all workers, releases and pieces, by time', async (t) => {
  const folder = releases(t);
  const all: LogEntry[] = [];
  for await (const entry of readLogs(folder)) all.push(entry);
  assert.deepEqual(
    all.map(({ time, slot, release, level, line }) => [time / 1000, slot, release, level, line]),
    [
      [100, 1, 1, 'info', 'a1'],
      [200, 1, 1, 'info', 'a2'],
      [300, 1, 1, 'warn', 'WARN a3'],
      [300, 1, 1, 'warn', '  at a4'],
      [300, 1, 1, 'info', 'a5 is long'],
      [350, 2, 1, 'info', 'b1'],
      [350, 2, 1, 'info', 'b2 without end'],
      [500, 1, 1, 'info', 'a6'],
      [600, 1, 2, 'error', '{"level":50,"msg":"c1"}'],
    ],
  );
});

test('only what is new enough, important enough, or of one worker', async (t) => {
  const folder = releases(t);
  assert.deepEqual(await lines(readLogs(folder, { since: 340_000 })), [
    'b1',
    'b2 without end',
    'a6',
    '{"level":50,"msg":"c1"}',
  ]);
  assert.deepEqual(await lines(readLogs(folder, { since: 200_000, slot: 1, level: 'warn' })), [
    'WARN a3',
    '  at a4',
    '{"level":50,"msg":"c1"}',
  ]);
  assert.deepEqual(await lines(readLogs(folder, { since: 700_000 })), []);
  assert.deepEqual(await lines(readLogs(join(folder, 'nowhere'))), []);
  assert.deepEqual(
    (await lastLines(folder, 3)).map(({ line }) => line),
    ['b2 without end', 'a6', '{"level":50,"msg":"c1"}'],
  );
  assert.deepEqual(
    (await lastLines(folder, 2, { level: 'warn', slot: 1 })).map(({ line }) => line),
    ['  at a4', '{"level":50,"msg":"c1"}'],
  );
});

test('following goes on with new lines, workers and releases', async (t) => {
  const folder = releases(t);
  const ended = new AbortController();
  const seen: string[] = [];
  for await (const { line, release } of followLogs(folder, {}, 2, ended.signal)) {
    seen.push(`${release} ${line}`);
    if (seen.length === 2) appendFileSync(join(folder, '1', 'log', '1.log'), 'a7\nhalf');
    if (seen.length === 3) appendFileSync(join(folder, '2', 'log', '2.log'), 'd1\n');
    if (seen.length === 4) {
      mkdirSync(join(folder, '3', 'log'), { recursive: true });
      writeFileSync(join(folder, '3', 'log', '1.log'), 'e1\n');
    }
    if (seen.length === 6) ended.abort();
  }
  assert.deepEqual(seen.slice(0, 2), ['1 a6', '2 {"level":50,"msg":"c1"}']);
  assert.deepEqual(
    seen.slice(2).toSorted(),
    ['1 a7', '1 half', '2 d1', '3 e1'],
    'a line without an end comes after a second',
  );
});

import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { startTimeOf } from '../../machine/process-start.ts';
import { LogReader } from '../../logs/log-reader.ts';
import { marksPath, readMarks } from '../../logs/marks.ts';
import { oldPieces, piecePath } from '../../logs/pieces.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { Output } from './output.ts';

const kilobyte = 1024;
const rotated = 100 * kilobyte;

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'radiant-output-'));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/**
 * Writes `<name> 1`, `<name> 2` and so on until the file `stop` is there, then `<name> end`. While what it writes to has three
 * times the size of a rotation it rests: else a million lines are written before readers on a busy machine get their turns.
 */
const writer = (name: string, stop: string): string => `
  const { existsSync, fstatSync } = require('fs');
  const rest = new Int32Array(new SharedArrayBuffer(4));
  for (let i = 1; i % 100 !== 0 || !existsSync('${stop}'); i += 1) {
    console.log('${name} ' + i + ' ' + 'x'.repeat(i % 90));
    while (i % 100 === 0 && fstatSync(1).size > ${3 * rotated} && !existsSync('${stop}')) Atomics.wait(rest, 0, 0, 2);
  }
  console.log('${name} end');`;

/** Starts a process whose output is the file, as a worker's is. */
function write(path: string, script: string): ChildProcess {
  const log = openSync(path, 'a');
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  return child;
}

/** Takes numbered lines of several writers; each line must be its writer's next one. */
class Checker {
  readonly ended = new Set<string>();
  readonly #counts = new Map<string, number>();

  readonly take = (line: string): void => {
    const [name = '', number = ''] = line.split(' ');
    assert.ok(!this.ended.has(name), `${line.slice(0, 40)} after the end`);
    if (number === 'end') this.ended.add(name);
    else {
      const next = (this.#counts.get(name) ?? 0) + 1;
      assert.equal(line, `${name} ${next} ${'x'.repeat(next % 90)}`);
      this.#counts.set(name, next);
    }
  };

  get lines(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }
}

async function check(reader: LogReader, checker = new Checker()): Promise<Checker> {
  for await (const { line } of reader.lines()) checker.take(line);
  return checker;
}

test('no line is lost or doubled by rotations, whoever reads them', async (t) => {
  const where = folder(t);
  const path = join(where, '1.log');
  const stop = join(where, 'stop');
  const heard = new Checker();
  const output = new Output(path, { size: rotated, keep: 1000, age: 86_400_000 }, heard.take);
  t.after(() => output.close());
  // A worker with a process of its own that writes to the same file.
  const child = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(writer('child', stop))}], { stdio: 'inherit' });`;
  const worker = write(path, child + writer('worker', stop));
  t.after(() => {
    if (followed.ended.size < 2) process.kill(-worker.pid!, 'SIGKILL');
  });
  const followed = new Checker();
  const reader = new LogReader(path);
  await eventually(
    'everything was written and followed',
    async () => {
      // On a busy machine the writers may not stop in time for a rotation; while they rest nothing else brings the next try.
      output.look();
      for (let lines = await reader.some(); lines !== undefined; lines = await reader.some()) {
        for (const { line } of lines) followed.take(line);
        if (oldPieces(path).length >= 6) writeFileSync(stop, '');
      }
      return followed.ended.size === 2;
    },
    120_000,
  );
  output.readAll();
  t.diagnostic(`${followed.lines} lines, ${oldPieces(path).length} rotations`);
  assert.equal(heard.lines, followed.lines, 'what the supervisor heard');
  assert.equal((await check(new LogReader(path))).lines, followed.lines, 'what is read afterwards');
  await eventually('all old pieces are compressed', () => oldPieces(path).every(({ gzip }) => gzip));
  assert.equal(
    (await check(new LogReader(path))).lines,
    followed.lines,
    'what is read from compressed pieces',
  );
});

test('only so many old pieces are kept, with their times', async (t) => {
  const path = join(folder(t), '1.log');
  const output = new Output(path, { size: kilobyte, keep: 2, age: 86_400_000 }, () => {});
  t.after(() => output.close());
  for (let round = 1; round <= 4; round += 1) {
    writeFileSync(path, 'x'.repeat(kilobyte) + '\n', { flag: 'a' });
    // oxlint-disable-next-line no-await-in-loop
    await eventually('it was rotated', () => {
      output.look();
      const newest = oldPieces(path).at(-1);
      return newest?.number === round && newest.gzip;
    });
  }
  assert.deepEqual(
    oldPieces(path).map(({ number }) => number),
    [3, 4],
  );
  assert.deepEqual(readMarks(marksPath(path, 2)), []);
  assert.equal(readMarks(marksPath(path, 4)).length, 1);
});

test('a log that is too old is rotated too, and last words without a line break are told', async (t) => {
  const path = join(folder(t), '1.log');
  const heard: string[] = [];
  writeFileSync(path, 'before\n');
  const output = new Output(path, { size: 1 << 20, keep: 2, age: 1 }, (line) => heard.push(line));
  t.after(() => output.close());
  await eventually('it was rotated', () => {
    output.look(); // its first may come within the millisecond
    return oldPieces(path)[0]?.gzip;
  });
  assert.equal(statSync(path).size, 0);
  writeFileSync(path, 'one\ntwo', { flag: 'a' });
  output.readAll();
  assert.deepEqual(heard, ['one', 'two']);
});

test('a supervisor that was killed in the middle of a rotation leaves nothing behind', async (t) => {
  const path = join(folder(t), '1.log');
  const worker = write(path, `console.log('one'); setInterval(() => console.log('more'), 5)`);
  t.after(() => worker.kill('SIGKILL'));
  await eventually('it writes', () => readFileSync(path, 'utf8').includes('more'));
  worker.kill('SIGSTOP');
  const state = (): string => readFileSync(`/proc/${worker.pid}/stat`, 'utf8').split(') ')[1]![0]!;
  await eventually('it stands still', () => state() === 'T');
  // Killed before the file was emptied, and while it copied once more.
  writeFileSync(piecePath(path, 1), readFileSync(path));
  writeFileSync(`${piecePath(path, 2)}.new`, 'on');
  const heard: string[] = [];
  const output = new Output(path, { size: 1 << 20, keep: 2, age: 86_400_000 }, (line) => heard.push(line));
  t.after(() => output.close());
  await eventually('it goes on', () => heard.includes('more'));
  assert.notEqual(startTimeOf(worker.pid!), '');
  assert.deepEqual(oldPieces(path), []);
});

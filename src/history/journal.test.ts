import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { FleetEvent } from '../running/events.ts';
import { Journal } from './journal.ts';
import { followEvents, lastEvents, readEvents } from './read.ts';

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'radiant-journal-'));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

const notice = (time: number, slot = 1): FleetEvent => ({
  time,
  type: 'notice',
  slot,
  text: `number ${time}`,
});

async function times(events: AsyncIterable<FleetEvent>): Promise<number[]> {
  const found: number[] = [];
  for await (const event of events) found.push(event.time);
  return found;
}

test('events are there after the writer has died, but output is not among them', async (t) => {
  const path = join(folder(t), 'events.log');
  const journal = new Journal(path);
  journal.note(notice(1));
  journal.note({ time: 2, type: 'output', slot: 1, line: 'hello' });
  appendFileSync(path, '{"time":3,"type":"not'); // killed while it wrote
  appendFileSync(path, '\n');
  new Journal(path).note(notice(4, 2));
  assert.deepEqual(await times(readEvents(path)), [1, 4]);
  assert.deepEqual(await times(readEvents(path, { since: 2 })), [4]);
  assert.deepEqual(await times(readEvents(path, { slot: 1 })), [1]);
  assert.deepEqual(await times(readEvents(path, { types: new Set(['exit']) })), []);
  assert.deepEqual(await times(readEvents(`${path}.nowhere`)), []);
});

test('the journal is bounded, and read across its pieces', async (t) => {
  const where = folder(t);
  const path = join(where, 'events.log');
  const journal = new Journal(path, 1000);
  for (let time = 1; time <= 500; time += 1) journal.note(notice(time));
  const pieces = readdirSync(where).length;
  assert.ok(pieces <= 12, `${pieces} files`); // six of them, some with a compressed copy on its way
  const all = await times(readEvents(path));
  assert.equal(all.at(-1), 500);
  assert.deepEqual(
    all,
    Array.from({ length: all.length }, (_, i) => 501 - all.length + i),
  );
  assert.ok(all.length > 50 && all.length < 200, `${all.length} events`);
  assert.deepEqual(
    (await lastEvents(path, 40)).map(({ time }) => time),
    all.slice(-40),
  );
});

test('following sees what is written while the journal is rotated', async (t) => {
  const path = join(folder(t), 'events.log');
  const journal = new Journal(path, 1000);
  journal.note(notice(1));
  const ended = new AbortController();
  const seen: number[] = [];
  for await (const { time } of followEvents(path, {}, ended.signal)) {
    seen.push(time);
    if (time === 100) ended.abort();
    else if (time < 100 && time % 7 === 1) {
      for (let next = time + 1; next < time + 8; next += 1) journal.note(notice(next));
    }
  }
  assert.deepEqual(
    seen.slice(0, 100),
    Array.from({ length: 100 }, (_, i) => i + 1),
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Faults, type Fault } from './faults.ts';

test('each fault counts, some are told, and those of before somebody listens too', () => {
  let now = 0;
  const faults = new Faults(() => now);
  const told: Fault[] = [];
  faults.happened('timer', new Error('early'));
  faults.listen((fault) => told.push(fault));
  for (let i = 0; i < 99; i += 1) faults.happened('request', new Error('late'));
  assert.deepEqual(
    [...faults.counts],
    [
      ['timer', 1],
      ['request', 99],
    ],
  );
  assert.equal(told.length, 5);
  assert.match(told[0]!.stack, /^Error: early\n {4}at /);
  now = 10_000;
  faults.happened('request', new Error('later'));
  assert.deepEqual([told.length, told[5]!.count], [6, 96]);
});

test('whatever is thrown, to whomever it is told', () => {
  const faults = new Faults();
  const told: string[] = [];
  faults.listen(({ stack }) => {
    told.push(stack);
    throw new Error('nobody there');
  });
  const strange = Object.defineProperty({}, 'stack', { get: () => assert.fail() });
  for (const thrown of [undefined, null, 'text', strange, { stack: 'x'.repeat(9_999) }])
    faults.happened('file', thrown);
  assert.deepEqual(told.map(({ length }) => length).slice(4), [2_000]);
  assert.equal(told[2], 'text');
});

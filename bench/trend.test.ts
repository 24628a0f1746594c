import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trend, troughs } from './trend.ts';

const points = (value: (at: number) => number) =>
  Array.from({ length: 60 }, (_, at) => ({ at, value: value(at) }));

test('the slope of a line is found, also under noise', () => {
  const exact = trend(points((at) => 7 + 3 * at));
  assert.ok(Math.abs(exact.slope - 3) < 1e-9 && exact.error < 1e-6);
  const { slope, error } = trend(points((at) => 7 + 3 * at + (at % 2 === 0 ? 5 : -5)));
  assert.ok(Math.abs(slope - 3) < error && error < 0.2, `${slope} ± ${error}`);
});

test('a sawtooth that does not grow has no slope in its troughs', () => {
  const heap = points((at) => 100 + (at % 10) * 20);
  const { slope } = trend(troughs(heap, 10));
  assert.ok(Math.abs(slope) < 1e-9);
  assert.equal(troughs(heap, 10).length, 6);
});

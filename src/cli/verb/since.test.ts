import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sinceFrom } from './since.ts';

const now = new Date(2026, 10, 24, 14, 0, 0).getTime();
const since = (text: string): number | undefined => sinceFrom({ flags: { since: text } }, now);

test('a time ago, of the clock, or of a day', () => {
  assert.equal(since('10m'), now - 600_000);
  assert.equal(since('90'), now - 90_000);
  assert.equal(since('1.5h'), now - 5_400_000);
  assert.equal(since('2d'), now - 172_800_000);
  assert.equal(since('13:30'), now - 1_800_000);
  assert.equal(
    since('14:30'),
    new Date(2026, 10, 23, 14, 30).getTime(),
    'yesterday: today it has not come yet',
  );
  assert.equal(since('2026-11-24'), new Date(2026, 10, 24).getTime());
  assert.equal(since('2026-11-24 13:59:59'), now - 1000);
  assert.equal(since('2026-11-24T13:00:00Z'), Date.UTC(2026, 10, 24, 13));
  assert.equal(sinceFrom({ flags: {} }), undefined);
});

test('what is no time is refused', () => {
  for (const wrong of ['soon', '10x', '2026-99-99', '1:2:3:4', '']) {
    assert.throws(() => since(wrong), /--since: .* is no time/);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Row } from './measure.ts';
import { scenarios } from './scenarios.ts';
import { median, percentile } from './statistics.ts';
import { ratioTo, tableOf, verdicts } from './table.ts';

const row = (key: string, ...cpus: number[]): Row => ({
  key,
  name: key,
  rounds: cpus.map((cpu) => ({ cpu, perSecond: 1000, p50: 1, p99: 2, bytes: 50e6, atHome: 0 })),
});

const scenario = scenarios['keep-alive']!;

test('percentiles and medians', () => {
  assert.equal(percentile([1, 2, 3, 4], 0.5), 2);
  assert.equal(percentile([1, 2, 3, 4], 0.99), 4);
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
});

test('ratios are taken within a round, so a round that was slow for all changes nothing', () => {
  assert.equal(ratioTo(row('bare', 10, 100, 10), row('radiant-none', 11, 110, 11)), 1.1);
});

test('a table has a line for each contender, and no ratio without a bare app', () => {
  const lines = tableOf(scenario, [row('nginx', 50)]).split('\n');
  assert.deepEqual(
    lines.filter((line) => line.startsWith('| nginx')),
    ['| nginx | 50.0 | 50.0 to 50.0 | – | – | 1000 | 1.00 | 2.00 | 50 |'],
  );
});

test('verdicts name what is above a limit', () => {
  const rows = [row('bare', 10), row('radiant-none', 10.5), row('radiant-client', 12), row('haproxy', 11)];
  assert.deepEqual(verdicts('x', scenario, rows), [
    '- ok: x, radiant-none: 1.05 × bare, limit 1.1',
    '- ok: x, radiant-none: 0.95 × haproxy, limit 1',
    '- **above**: x, radiant-client: 1.20 × bare, limit 1.1',
    '- **above**: x, radiant-client: 1.09 × haproxy, limit 1',
  ]);
});

test('what a forwarded request costs is said in units of a kept one, pair by pair', () => {
  const rows = [row('radiant-kept', 20, 80, 20), row('radiant-forwarded', 100, 320, 70)];
  assert.deepEqual(verdicts('forwarded', scenarios.forwarded!, rows), [
    '- ok: forwarded, radiant-forwarded: 4.00 × radiant-kept, median of 3 pairs, limit 4',
  ]);
});

test('what metrics cost is the difference within a round', () => {
  const rows = [row('radiant-client', 20, 90, 31), row('radiant-unmetered', 19.5, 80, 30.5)];
  const [line, ...others] = verdicts('metrics-http', scenarios['metrics-http']!, rows);
  assert.match(
    line!,
    /^- ok: metrics-http, radiant-client: 0\.50 µs more than without metrics, median of 3 pairs/,
  );
  assert.deepEqual(others, []);
});

import type { Measurement, Row } from './measure.ts';
import type { Scenario } from './scenarios.ts';
import { median } from './statistics.ts';

const of = (row: Row, value: (measurement: Measurement) => number): number => median(row.rounds.map(value));

/** The median of the ratios within each round: what disturbs a whole round cancels out. NaN without a bare app. */
export function ratioTo(base: Row | undefined, row: Row): number {
  if (base === undefined) return Number.NaN;
  return median(row.rounds.map(({ cpu }, round) => cpu / base.rounds[round]!.cpu));
}

/** The median of the differences within each round, in microseconds. */
export function beyond(base: Row, row: Row): number {
  return median(row.rounds.map(({ cpu }, round) => cpu - base.rounds[round]!.cpu));
}

const fixed = (value: number, digits: number): string => (Number.isNaN(value) ? '–' : value.toFixed(digits));

/** A Markdown table: medians over the rounds, and the least and the most CPU time of any round. */
export function tableOf(scenario: Scenario, rows: Row[]): string {
  const homes = rows.some((row) => row.rounds.some(({ atHome }) => atHome > 0));
  const base = rows.find(({ key }) => key === 'bare');
  const each = rows.find(({ key }) => key === 'bare-each');
  const head = [
    'contender',
    'CPU µs/request',
    'least to most',
    '× bare',
    '× bare × workers',
    'requests/s',
    'p50 ms',
    'p99 ms',
    'MB',
  ];
  const lines = rows.map((row) => {
    const cpu = row.rounds.map((round) => round.cpu);
    return [
      row.name,
      fixed(median(cpu), 1),
      `${fixed(Math.min(...cpu), 1)} to ${fixed(Math.max(...cpu), 1)}`,
      fixed(ratioTo(base, row), ratioTo(base, row) < 0.1 ? 4 : 2),
      fixed(ratioTo(each, row), 2),
      fixed(
        of(row, ({ perSecond }) => perSecond),
        0,
      ),
      fixed(
        of(row, ({ p50 }) => p50),
        2,
      ),
      fixed(
        of(row, ({ p99 }) => p99),
        2,
      ),
      fixed(of(row, ({ bytes }) => bytes) / 1e6, 0),
      ...(homes ? [percent(of(row, ({ atHome }) => atHome))] : []),
    ];
  });
  if (homes) head.push('answered by the cookie’s worker');
  const rule = head.map((_, column) => (column === 0 ? '---' : '--:'));
  const text = [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`);
  return [`### ${scenario.title}; workers: ${scenario.workers}`, '', ...text, ''].join('\n');
}

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;

/** Whether each of Radiant's rows keeps the scenario's limits, one line each. */
export function verdicts(name: string, scenario: Scenario, rows: Row[]): string[] {
  const bases = rows.filter(({ key }) => key === 'bare' || key === 'bare-each');
  const [served] = rows.filter(({ key }) => key === 'nginx-static');
  const kept = rows.find(({ key }) => key === 'radiant-kept');
  const unmetered = rows.find(({ key }) => key === 'radiant-unmetered');
  const proxies = rows.filter(({ key }) => key === 'nginx' || key === 'haproxy');
  return rows
    .filter(({ key }) => key.startsWith('radiant'))
    .flatMap((row) => {
      const found: string[] = [];
      const say = (ok: boolean, text: string): void => {
        found.push(`- ${ok ? 'ok' : '**above**'}: ${name}, ${row.name}: ${text}`);
      };
      for (const base of scenario.limit === undefined ? [] : bases) {
        const ratio = ratioTo(base, row);
        say(
          ratio <= scenario.limit!,
          `${ratio.toFixed(ratio < 0.1 ? 4 : 2)} × ${base.name}, limit ${scenario.limit}`,
        );
      }
      if (served !== undefined && scenario.nginxLimit !== undefined) {
        const ratio = ratioTo(served, row);
        say(
          ratio <= scenario.nginxLimit,
          `${ratio.toFixed(2)} × ${served.name}, limit ${scenario.nginxLimit}`,
        );
      }
      if (kept !== undefined && kept !== row && scenario.forwardLimit !== undefined) {
        const ratio = ratioTo(kept, row);
        say(
          ratio <= scenario.forwardLimit,
          `${ratio.toFixed(2)} × ${kept.name}, median of ${row.rounds.length} pairs, limit ${scenario.forwardLimit}`,
        );
      }
      if (unmetered !== undefined && unmetered !== row && scenario.meterLimit !== undefined) {
        const cost = beyond(unmetered, row);
        const pairs = `median of ${row.rounds.length} pairs`;
        say(
          cost <= scenario.meterLimit,
          `${cost.toFixed(2)} µs more than without metrics, ${pairs}, limit ${scenario.meterLimit}`,
        );
      }
      for (const proxy of scenario.belowProxies ? proxies : []) {
        const share = ratioTo(proxy, row);
        say(share < 1, `${share.toFixed(2)} × ${proxy.name}, limit 1`);
      }
      return found;
    });
}

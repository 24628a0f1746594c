import { bytesOf, type Case } from './case.ts';
import type { Finding, Tally } from './runner.ts';
import { shrink } from './shrink.ts';
import type { Stage } from './stage.ts';

/** So long all examples together are made smaller. */
const shrinkMs = Number(process.env.RADIANT_SHRINK_MS ?? 30_000);
const longestText = 500;
const mostSeeds = 12;

interface Group {
  kind: string;
  /** How often, by way. */
  counts: Map<string, number>;
  /** How often the repetitions were not all the same. */
  sometimes: number;
  /** Of the cases. */
  seeds: Set<string>;
  example: Finding;
}

function grouped(findings: readonly Finding[]): Group[] {
  const groups = new Map<string, Group>();
  for (const finding of findings) {
    for (const { kind } of finding.differences) {
      const group = groups.get(kind) ?? {
        kind,
        counts: new Map(),
        sometimes: 0,
        seeds: new Set(),
        example: finding,
      };
      groups.set(kind, group);
      group.seeds.add(finding.seed);
      group.counts.set(finding.way.name, (group.counts.get(finding.way.name) ?? 0) + 1);
      if (/^[0-2] of/.test(finding.repeated)) group.sometimes += 1;
      // One that is always so, with one request, is the better example.
      if (weight(finding) < weight(group.example)) group.example = finding;
    }
  }
  const total = ({ counts }: Group): number => [...counts.values()].reduce((sum, count) => sum + count, 0);
  return [...groups.values()].toSorted((a, b) => total(b) - total(a));
}

const weight = ({ made, repeated, differences }: Finding): number =>
  made.requests.length * 10 + (repeated.startsWith('3') ? 0 : 100) + differences.length;

const short = (text: string): string =>
  text.length > longestText ? `${text.slice(0, longestText)}… (${text.length})` : text;

/** Two texts from a little before the place where they begin to differ. */
function apart(bare: string, got: string): string[] {
  let at = 0;
  while (at < bare.length && bare[at] === got[at]) at += 1;
  const from = at < 60 ? 0 : at - 40;
  return [`    bare: ${short(bare.slice(from))}`, `    here: ${short(got.slice(from))}`];
}

const sample = { id: '0000000x', slot: () => 2, proxied: false };

function described(
  made: Case,
  { way, seed, odd, repeated }: Finding,
  kind: string,
  example: Finding,
): string[] {
  const { mode, pipelined, cuts, finish, requests } = made;
  const difference = example.differences.find((one) => one.kind === kind)!;
  const waits = requests.map(({ waits: what }) => what).find(Boolean);
  const manner = { mode, pipelined, cuts, finish, waits, odd, framing: made.stream?.framing };
  return [
    `    RADIANT_SEED=${seed}  (${way.name}, differed again in ${repeated})`,
    `    ${JSON.stringify(manner)}`,
    `    sent: ${short(JSON.stringify(bytesOf(made, sample)))}`,
    ...apart(JSON.stringify(difference.bare) ?? 'nothing', JSON.stringify(difference.got) ?? 'nothing'),
  ];
}

/** What was found, one paragraph for each kind of difference, with an example that can become a test. */
export async function report(stage: Stage, title: string, { findings, ...tally }: Tally): Promise<string> {
  const deaths = [
    ...stage.observer.deaths.map(({ stand, reason }) => `${stand}: ${reason}`),
    ...Object.values(stage.lost).flat(),
  ];
  const { cases, exchanges, dropped } = tally;
  const lines = [
    `${title}: ${cases} cases, ${exchanges} exchanges, ${findings.length} differences, ` +
      `${deaths.length} dead workers, ${dropped} cases dropped`,
  ];
  const { late } = stage.observer;
  if (late.length > 0)
    lines.push(`  requests that came when all was over: ${late.length}, the first ${late[0]}`);
  const groups = grouped(findings);
  const end = performance.now() + shrinkMs;
  for (const { kind, counts, sometimes, seeds, example } of groups) {
    const where = [...counts].map(([way, count]) => `${way} ${count}`).join(', ');
    lines.push(`  ${kind}: ${where}${sometimes > 0 ? ` (${sometimes} only sometimes)` : ''}`);
    lines.push(`    cases: ${[...seeds].slice(0, mostSeeds).join(' ')}`);
    // oxlint-disable-next-line no-await-in-loop -- nothing else may be played meanwhile
    const made = await shrink(
      stage,
      example,
      kind,
      Math.min(end - performance.now(), shrinkMs / groups.length),
    );
    lines.push(...described(made, example, kind, example));
  }
  const reasons = new Map<string, number>();
  for (const death of deaths) {
    const reason = death
      .split('\n')
      .slice(0, 4)
      .map((line) => line.trim())
      .join(' | ');
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  for (const [reason, count] of reasons) lines.push(`  dead worker, ${count} times: ${reason}`);
  return lines.join('\n');
}

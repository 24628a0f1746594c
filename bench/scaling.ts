import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readDuration, readInteger } from '../src/config/values/values.ts';
import { meteorBundle } from '../test/support/meteor-bundle.ts';
import { startRadiant } from '../test/support/radiant.ts';
import { findCapacity } from './scaling/capacity.ts';
import { chart } from './scaling/chart.ts';
import { curves, type CurveName } from './scaling/curves.ts';
import { rowOf, rowsJson, type Recording } from './scaling/recording.ts';
import { runCourse, type Outcome } from './scaling/run.ts';

/**
 * `npm run scaling`: load on the example Meteor app that rises from nothing to twice what two workers bear and falls
 * again, with `workers: { min: 2, max, target }`. Two workers bear the load that keeps their event loops busy for
 * `--target` of the time, on the average; that is found out first. Writes a chart and what it was drawn from.
 * `--samples FILE` writes what the supervisor decided by, for the tests that replay it.
 */
const usage = `usage: npm run scaling -- [--curve ${Object.keys(curves).join('|')}] [--for 5m] [--target 0.2] [--max 6]
                       [--down 20s] [--bears VISITORS] [--out FILE.svg] [--samples FILE.json]`;

const { values } = parseArgs({
  options: {
    curve: { type: 'string', default: 'rise' },
    for: { type: 'string', default: '5m' },
    target: { type: 'string', default: '0.2' },
    max: { type: 'string', default: '6' },
    up: { type: 'string', default: '10s' },
    down: { type: 'string', default: '20s' },
    bears: { type: 'string' },
    out: { type: 'string' },
    samples: { type: 'string' },
  },
});

const ms = readDuration(values.for);
const max = readInteger(values.max, 2, 64);
const target = Number(values.target);
const known = values.bears === undefined ? undefined : readInteger(values.bears, 1, 100_000);
if (
  !Object.hasOwn(curves, values.curve) ||
  ms === undefined ||
  max === undefined ||
  !(target > 0 && target <= 1) ||
  (values.bears !== undefined && known === undefined)
) {
  console.error(usage);
  process.exit(2);
}
const curve = values.curve as CurveName;
const cooldown = { up: values.up, down: values.down };
const limits = { min: 2, max };

const said = (text: string): void => console.error(text);

async function capacity(app: string): Promise<number> {
  const fleet = await startRadiant({ app, workers: limits.min });
  try {
    return await findCapacity(fleet, target, said);
  } finally {
    await fleet.stop();
  }
}

async function course(app: string, bears: number, folder: string): Promise<Outcome> {
  const config = join(folder, 'radiant.config.json');
  const journal = join(folder, 'journal');
  await writeFile(
    config,
    JSON.stringify({ workers: { ...limits, target: { eventLoop: target }, cooldown } }),
  );
  const fleet = await startRadiant({
    app,
    workers: null,
    args: ['--config', config],
    env: { EXAMPLE_JOURNAL: journal },
  });
  try {
    return await runCourse(fleet, { curve: curves[curve], seconds: ms! / 1000, bears, journal }, said);
  } finally {
    await fleet.stop();
  }
}

const bundle = await meteorBundle();
const folder = await mkdtemp(join(tmpdir(), 'rad-scaling-'));
try {
  const bears = known ?? (await capacity(bundle.path));
  const { samples, ...outcome } = await course(bundle.path, bears, folder);
  const recording: Recording = { curve, bears, target, limits, cooldown, ...outcome };
  if (values.out !== undefined) {
    await writeFile(values.out, chart(recording));
    const { fleet, intervals, changes, ...head } = recording;
    await writeFile(
      values.out.replace(/\.svg$/, '.json'),
      rowsJson({ ...head, changes }, { fleet, intervals }),
    );
  }
  if (values.samples !== undefined) {
    const began = samples[0]?.at ?? 0;
    const rows = samples.map((sample) => rowOf(sample, began));
    await writeFile(values.samples, rowsJson({ curve, target, limits, cooldown }, { samples: rows }));
  }
  const last = outcome.intervals.at(-1)!;
  const most = Math.max(...outcome.fleet.map(({ ready }) => ready));
  const p99 = outcome.intervals.map(({ requestsP99 }) => requestsP99).filter((value) => value !== null);
  console.log(
    [
      `${availableParallelism()} cores; 2 workers bear ${bears} visitors at event loops that are ${target * 100} % busy`,
      `workers: ${[limits.min, ...outcome.changes.map(({ to }) => to)].join(' → ')}, ${most} at most`,
      `requests: ${outcome.intervals.reduce((sum, { requests }) => sum + requests, 0)}; p99 of 5 s: ${Math.min(...p99)} to ${Math.max(...p99)} ms`,
      `sessions: ${last.moved} told to connect again, ${last.dropped} dropped`,
      `methods: ${JSON.stringify(outcome.methods)}; failures: ${JSON.stringify(outcome.failures)}`,
    ].join('\n'),
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}

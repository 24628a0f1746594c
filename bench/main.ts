import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Contender, Site } from './contender.ts';
import { contenders } from './contenders/all.ts';
import { Lab } from './lab.ts';
import { joined, measureAll, type Effort, type Row } from './measure.ts';
import { scenarios, type Scenario } from './scenarios.ts';
import { tableOf, verdicts } from './table.ts';

const usage = `usage: npm run bench -- [--quick] [--rounds N] [--workers N] [--only SCENARIO]… [--contender NAME]…
scenarios: ${Object.keys(scenarios).join(', ')}
contenders: ${Object.keys(contenders).join(', ')}`;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    workers: { type: 'string' },
    only: { type: 'string', multiple: true, default: Object.keys(scenarios) },
    contender: { type: 'string', multiple: true, default: Object.keys(contenders) },
  },
});

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

function withWorkers(scenario: Scenario): Scenario {
  return values.workers === undefined ? scenario : { ...scenario, workers: Number(values.workers) };
}

async function runScenario(lab: Lab, scenario: Scenario, effort: Effort): Promise<Row[]> {
  const field = values.contender
    .filter((key) => scenario.only?.includes(key) ?? contenders[key]!.special === undefined)
    .map((key): [string, Contender] => [key, contenders[key]!]);
  if (!scenario.anew) return runOnce(lab, scenario, field, effort);
  const each: Row[][] = [];
  for (let round = 0; round < effort.rounds; round += 1) {
    progress(`round ${round + 1} of ${effort.rounds}`);
    each.push(await runOnce(lab, scenario, turned(field, round), { ...effort, rounds: 1 }));
  }
  return joined(each);
}

/** With processes of their own, which are gone afterwards. */
async function runOnce(
  lab: Lab,
  scenario: Scenario,
  field: [string, Contender][],
  effort: Effort,
): Promise<Row[]> {
  try {
    const site: Site = { lab, app: await scenario.app(lab), workers: scenario.workers };
    return await measureAll(scenario, field, site, effort, progress);
  } finally {
    progress('');
    await lab.clear();
  }
}

/** Another one begins each time. */
const turned = <T>(list: T[], by: number): T[] => list.map((_, i) => list[(i + by) % list.length]!);

async function run(lab: Lab): Promise<void> {
  const rounds = Number(values.rounds ?? (values.quick ? 3 : 5));
  const effort = { rounds, scale: values.quick ? 0.1 : 1 };
  const where = `Node ${process.versions.node}, ${availableParallelism()} cores`;
  console.log(`${where}, ${effort.rounds} rounds, medians of the rounds, CPU time of all processes\n`);
  const found: string[] = [];
  for (const name of values.only) {
    const scenario = withWorkers(scenarios[name]!);
    const rows = await runScenario(lab, scenario, effort);
    console.log(tableOf(scenario, rows));
    found.push(...verdicts(name, scenario, rows));
  }
  console.log(found.join('\n'));
}

async function main(): Promise<void> {
  const unknown = [
    ...values.only.filter((name) => !(name in scenarios)),
    ...values.contender.filter((name) => !(name in contenders)),
  ];
  if (unknown.length > 0) {
    console.error(`unknown: ${unknown.join(', ')}\n${usage}`);
    process.exitCode = 2;
    return;
  }
  const lab = new Lab();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void lab.close().then(() => process.exit(1)));
  }
  try {
    await run(lab);
  } catch (error) {
    // Stopping it in the middle ends connections and processes that it waits for.
    if (!lab.closed) throw error;
  } finally {
    await lab.close();
  }
}

await main();

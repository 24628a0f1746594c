import type { Contender, Running, Site } from './contender.ts';
import type { Clients } from './load.ts';
import { cpuMicroseconds, residentBytes, treeOf } from './process-tree.ts';
import type { Scenario } from './scenarios.ts';
import { percentile } from './statistics.ts';

/** Node compiles what it runs often; a worker that has hardly run yet is dear. */
const warmUpPerWorker = 1_000;
/** An app that gives so many files and more has not answered in time, or keeps them to itself. */
const mostWarmUps = 100;
/** So many warm-ups without the app end them. */
const cleanRuns = 4;
/** A share of answers by the app that changes no figure: it takes some 2 ms for one. */
const strays = 1 / 1_000;

/** What one contender did in one round. */
export interface Measurement {
  /** CPU microseconds per request, of all its processes together. */
  cpu: number;
  perSecond: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  /** Resident memory of all its processes, right after the load. */
  bytes: number;
  /** The share of answers from the worker that the cookie named. */
  atHome: number;
}

export interface Row {
  key: string;
  name: string;
  /** One for each round; the same index is the same round in all rows. */
  rounds: Measurement[];
}

export interface Effort {
  rounds: number;
  /** What the scenarios' numbers of requests are multiplied with. */
  scale: number;
}

/**
 * Runs all contenders side by side: started together, then measured one after the other in every round, each round
 * beginning with another one. So what else the machine does meets all of them.
 */
export async function measureAll(
  scenario: Scenario,
  field: [string, Contender][],
  site: Site,
  { rounds, scale }: Effort,
  progress: (text: string) => void,
): Promise<Row[]> {
  const entries: (Row & { running: Running })[] = [];
  for (const [key, contender] of field) {
    progress(`starting ${contender.name}`);
    const running = await contender.start(site);
    running.secure = site.app.certificate !== undefined;
    if (site.app.files) running.paths = site.app.files.paths;
    entries.push({ key, name: contender.name, rounds: [], running });
  }
  const all = Math.ceil(scenario.requests * scale);
  const shareOf = (key: string): number => (key === 'bare' ? (scenario.bareShare ?? 1) : 1);
  for (const { key, name, running } of entries) {
    progress(`warming up ${name}`);
    const least = Math.max(all, Math.ceil(warmUpPerWorker * scenario.workers * scale));
    const warmUp = Math.ceil(least * shareOf(key));
    await withClients(scenario, running, (clients) => clients.run(warmUp));
  }
  for (let round = 0; round < rounds; round += 1) {
    for (let i = 0; i < entries.length; i += 1) {
      const { key, name, running, rounds: results } = entries[(i + round) % entries.length]!;
      const requests = Math.ceil(all * shareOf(key));
      progress(`round ${round + 1} of ${rounds}: ${name}`);
      results.push(
        await withClients(scenario, running, (clients) =>
          measure(clients, running.roots, requests, takesOver(key, running) ? running.paths!.length : 0),
        ),
      );
    }
  }
  return entries;
}

/** The rows of the same contenders, measured at different times; the first time says in which order they stand. */
export const joined = (times: Row[][]): Row[] =>
  times[0]!.map((row) => ({
    ...row,
    rounds: times.flatMap((rows) => rows.find(({ key }) => key === row.key)!.rounds),
  }));

const takesOver = (key: string, { paths }: Running): boolean =>
  key.startsWith('radiant') && paths !== undefined;

/**
 * A worker answers a file itself only after it has asked the app for it, some files at a time. The connections may
 * be spread unevenly, so the worker that gets few of them has to be asked often.
 */
async function untilTakenOver(clients: Clients, files: number): Promise<void> {
  let clean = 0;
  for (let i = 0; i < mostWarmUps; i += 1) {
    const { requests, immutable } = await clients.run(files * 4);
    clean = immutable === requests ? clean + 1 : 0;
    if (clean === cleanRuns) return;
  }
  throw new Error('the app goes on answering files that Radiant should answer');
}

async function withClients<T>(
  { load }: Scenario,
  running: Running,
  use: (clients: Clients) => Promise<T>,
): Promise<T> {
  const clients = await load(running);
  try {
    return await use(clients);
  } finally {
    clients.close();
  }
}

/** Connecting and a warm-up stand outside of what is measured; `taken` files must have been taken over by then. */
async function measure(
  clients: Clients,
  roots: number[],
  requests: number,
  taken: number,
): Promise<Measurement> {
  await clients.run(Math.ceil(requests / 4));
  if (taken > 0) await untilTakenOver(clients, taken);
  const tree = treeOf(roots);
  const before = cpuMicroseconds(tree);
  const sample = await clients.run(requests);
  const cpu = cpuMicroseconds(tree) - before;
  if (taken > 0 && sample.requests - sample.immutable > sample.requests * strays) {
    throw new Error(`the app answered ${sample.requests - sample.immutable} of ${sample.requests} files`);
  }
  return {
    cpu: cpu / sample.requests,
    perSecond: sample.requests / sample.seconds,
    p50: percentile(sample.latencies, 0.5),
    p99: percentile(sample.latencies, 0.99),
    bytes: residentBytes(tree),
    atHome: sample.atHome / sample.requests,
  };
}

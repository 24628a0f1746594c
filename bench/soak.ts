import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readDuration, readInteger } from '../src/config/values/values.ts';
import { scrapeText } from '../test/support/scrape.ts';
import { meteorApp } from './apps.ts';
import { cookiesOf, startFleet, type Fleet } from './contenders/radiant.ts';
import { Lab } from './lab.ts';
import { cpuMicroseconds, parseStat, residentBytes, type Member } from './process-tree.ts';
import { moderateLoad } from './soak-load.ts';
import { trend, troughs, type Point } from './trend.ts';

/**
 * `npm run soak -- --for 10m`: whether the supervisor's memory grows under load, and what it costs with workers that
 * have nothing to do. Needs Linux.
 */
const usage = 'usage: npm run soak -- [--for 10m] [--idle 1m] [--workers 8]';

const sampleMs = 2_000;
/** Of a heap the least in so many seconds counts: garbage is no growth. */
const troughSeconds = 15;
/** In the first part of the time caches fill and code is compiled. */
const warmUpShare = 0.2;
/** What workers do at their start is not idle. */
const settleMs = 5_000;

/** The share of one core that a process uses meanwhile. */
async function cpuShare(member: Member, meanwhile: Promise<unknown>): Promise<number> {
  const [before, began] = [cpuMicroseconds([member]), performance.now()];
  await meanwhile;
  return (cpuMicroseconds([member]) - before) / ((performance.now() - began) * 1000);
}

/** Resident memory and used heap of the supervisor. */
async function memoryOf({ home, name }: Fleet, member: Member): Promise<{ rss: number; heap: number }> {
  const text = await scrapeText({ home, name });
  const [, heap] = /^radiant_supervisor_heap_used_bytes (\S+)$/m.exec(text)!;
  return { rss: residentBytes([member]), heap: Number(heap) };
}

async function watch(fleet: Fleet, member: Member, ms: number): Promise<{ rss: Point[]; heap: Point[] }> {
  const [rss, heap]: [Point[], Point[]] = [[], []];
  const began = performance.now();
  for (let at = 0; at < ms / 1000; at = (performance.now() - began) / 1000) {
    // oxlint-disable-next-line no-await-in-loop -- one look after the other
    const now = await memoryOf(fleet, member);
    rss.push({ at, value: now.rss });
    heap.push({ at, value: now.heap });
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${Math.round(at)} s of ${ms / 1000} s`);
    // oxlint-disable-next-line no-await-in-loop
    await delay(sampleMs);
  }
  return { rss, heap };
}

const mb = (bytes: number): string => (bytes / 1e6).toFixed(1);
const kbPerMinute = (bytesPerSecond: number): string => ((bytesPerSecond * 60) / 1e3).toFixed(1);
const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

function line(name: string, all: readonly Point[], ms: number): string {
  const points = all.filter(({ at }) => at >= (ms / 1000) * warmUpShare);
  const { slope, error } = trend(points);
  const values = points.map(({ value }) => value);
  const cells = [
    name,
    mb(all[0]!.value),
    mb(points[0]!.value),
    mb(points.at(-1)!.value),
    mb(Math.max(...values)),
    `${kbPerMinute(slope)} ± ${kbPerMinute(error)}`,
  ];
  return `| ${cells.join(' | ')} |`;
}

async function soak(lab: Lab, ms: number, idleMs: number, workers: number): Promise<void> {
  const fleet = await startFleet({ lab, app: await meteorApp(lab), workers }, []);
  const { pid } = fleet.status.supervisor;
  const member = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  await delay(settleMs);
  const idle = await cpuShare(member, delay(idleMs));
  const cookies = (await cookiesOf(fleet)).map(({ header }) => header);
  const load = moderateLoad(fleet.port, cookies);
  const watching = watch(fleet, member, ms);
  const busy = await cpuShare(member, watching).finally(() => load.stop());
  const { rss, heap } = await watching;
  const { requests, calls, sessions, errors } = load.tally;
  console.log(
    [
      `${workers} workers, ${ms / 1000} s: ${requests} requests, ${sessions} sessions, ${calls} calls; errors: ${JSON.stringify(errors)}\n`,
      '| supervisor, MB | at the start | after the warm-up | at the end | most | KB a minute |',
      '| --- | --: | --: | --: | --: | --: |',
      line('resident', rss, ms),
      line('heap, troughs', troughs(heap, troughSeconds), ms),
      `\nCPU of one core: ${percent(idle)} idle, ${percent(busy)} under this load`,
    ].join('\n'),
  );
}

const { values } = parseArgs({
  options: {
    for: { type: 'string', default: '10m' },
    idle: { type: 'string', default: '1m' },
    workers: { type: 'string', default: '8' },
  },
});
const [ms, idleMs] = [readDuration(values.for), readDuration(values.idle)];
const workers = readInteger(values.workers, 1, 256);
if (ms === undefined || idleMs === undefined || workers === undefined) {
  console.error(usage);
  process.exit(2);
}
const lab = new Lab();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => void lab.close().then(() => process.exit(1)));
}
try {
  await soak(lab, ms, idleMs, workers);
} catch (error) {
  if (!lab.closed) throw error;
} finally {
  await lab.close();
}

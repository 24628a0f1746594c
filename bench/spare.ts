import { fileURLToPath } from 'node:url';
import type { FleetEvent } from '../src/running/events.ts';
import type { WorkerStatus } from '../src/running/status.ts';
import { HttpLoad } from '../test/support/http-load.ts';
import { eventually } from '../test/support/eventually.ts';
import { startRadiant } from '../test/support/radiant.ts';
import { median } from './statistics.ts';

// How long after the death of a worker all that are wanted serve again, with and without a spare:
// `node bench/spare.ts [kills]`.

const kills = Number(process.argv[2] ?? 10);
const app = fileURLToPath(new URL('../test/integration/apps/leaky.cjs', import.meta.url));

/** Who dies sooner is taken for one that cannot start, and the next one waits. */
const settledSeconds = 3;
const eldest = (workers: readonly WorkerStatus[]): WorkerStatus =>
  workers.filter(({ state }) => state === 'ready').toSorted((a, b) => b.uptimeSeconds - a.uptimeSeconds)[0]!;

/** Milliseconds from each death to full strength, and what became of the requests. */
async function timesWith(spare: number): Promise<string> {
  const running = await startRadiant({ app, workers: 2, args: ['--spare', String(spare)] });
  const events: FleetEvent[] = [];
  const stream = await running.control.events((event) => events.push(event));
  const load = new HttpLoad(`${running.url}/`, { keepAlive: 4, fresh: 4 }, 100);
  const times: number[] = [];
  for (let kill = 0; kill < kills; kill += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one death at a time
    await eventually('everybody is there', async () => {
      const { workers } = await running.status();
      const up = workers.filter(({ state }) => state === 'ready' || state === 'spare');
      return up.length === 2 + spare && eldest(workers).uptimeSeconds > settledSeconds;
    });
    // oxlint-disable-next-line no-await-in-loop
    const { workers } = await running.status();
    events.length = 0;
    process.kill(eldest(workers).pid!, 'SIGKILL');
    const strong = spare > 0 ? 'promoted' : 'ready';
    // oxlint-disable-next-line no-await-in-loop
    await eventually('full strength', () => events.some(({ type }) => type === strong));
    const time = (type: FleetEvent['type']): number => events.find((event) => event.type === type)!.time;
    times.push(time(strong) - time('exit'));
  }
  await load.stop();
  stream.close();
  await running.stop();
  const range = `${Math.min(...times)} to ${Math.max(...times)}`;
  return `spare ${spare}: full strength after ${median(times)} ms (${range}) in ${kills} deaths; ${load.requests} requests, ${load.failures.length} failed`;
}

for (const spare of [0, 1]) {
  // oxlint-disable-next-line no-await-in-loop -- side by side would be in each other's way
  console.log(await timesWith(spare));
}

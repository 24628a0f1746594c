import { fileURLToPath } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';
import type { FleetEvent } from '../src/running/events.ts';
import { HttpLoad, percentile } from '../test/support/http-load.ts';
import { startRadiant } from '../test/support/radiant.ts';

// An app that leaks 20 MB a second under load, with `maxMemory`: `node bench/leak.ts [seconds]`.

const app = fileURLToPath(new URL('../test/integration/apps/leaky.cjs', import.meta.url));
const seconds = Number(process.argv[2] ?? 60);
const limit = 300;
const leakMbEachSecond = 20;
const MiB = 2 ** 20;

const running = await startRadiant({ app, workers: 2, args: ['--max-memory', `${limit}MB`] });
const events: FleetEvent[] = [];
const stream = await running.control.events((event) => events.push(event));
const load = new HttpLoad(`${running.url}/`, { keepAlive: 8, fresh: 4 }, 20);
let highest = 0;
let leaked = 0;
const began = performance.now();
const timer = setInterval(() => {
  void running
    .status()
    .then(({ workers }) => (highest = Math.max(highest, ...workers.map(({ rssBytes }) => rssBytes))));
}, 500);
let leakFailures = 0;
while (performance.now() - began < seconds * 1000) {
  // By the clock, not by the turn: a late turn leaks more, so that it stays 20 MB a second.
  const due = Math.floor(((performance.now() - began) / 1000) * leakMbEachSecond) - leaked;
  leaked += due;
  // oxlint-disable-next-line no-await-in-loop -- one after the other, at a steady pace
  if (due > 0)
    await fetch(`${running.url}/leak?mb=${due}`).then(
      (r) => r.text(),
      () => (leakFailures += 1),
    );
  // oxlint-disable-next-line no-await-in-loop
  await wait(50);
}
await load.stop();
clearInterval(timer);
stream.close();
await running.stop();
const replaced = events.filter((event) => event.type === 'memory');
const crashes = events.filter((event) => event.type === 'exit' && !event.expected);
console.log(
  [
    `${leaked} MB leaked in ${seconds} s; limit ${limit} MB each, highest seen ${Math.round(highest / MiB)} MB`,
    `workers replaced: ${replaced.length}, at ${replaced.map(({ rssBytes }) => `${Math.round(rssBytes / MiB)} MB`).join(', ')}; crashes: ${crashes.length}`,
    `requests: ${load.requests}, failed: ${load.failures.length + leakFailures}; p99 ${Math.round(percentile(load.durations, 0.99))} ms`,
  ].join('\n'),
);

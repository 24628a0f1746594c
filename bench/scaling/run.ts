import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { FleetEvent } from '../../src/running/events.ts';
import type { Sample } from '../../src/running/status.ts';
import type { RunningApp } from '../../test/support/radiant.ts';
import { Crowd } from './crowd.ts';
import type { Curve } from './curves.ts';
import type { FleetMoment, Interval, Recording } from './recording.ts';
import { Tally } from './tally.ts';

const stepMs = 250;
const intervalSeconds = 5;

export interface Course {
  curve: Curve;
  seconds: number;
  /** The visitors that two workers bear. */
  bears: number;
  /** Where the app notes each run of a method. */
  journal: string;
}

export type Outcome = Pick<Recording, 'fleet' | 'intervals' | 'changes' | 'failures' | 'methods'> & {
  samples: Sample[];
};

/** Looks at the fleet, by the supervisor's status and events. */
class Watch {
  readonly fleet: FleetMoment[] = [];
  readonly samples: Sample[] = [];
  readonly changes: Recording['changes'] = [];
  readonly #app: RunningApp;
  readonly #now: () => number;

  constructor(app: RunningApp, now: () => number) {
    this.#app = app;
    this.#now = now;
  }

  hear(event: FleetEvent): void {
    if (event.type !== 'scaled') return;
    const { from, to, reason } = event;
    this.changes.push({ at: this.#now(), from, to, reason });
  }

  /** Often enough to see each sample, which the supervisor takes once a second. */
  async look(): Promise<void> {
    const { scaling, workers } = await this.#app.status();
    const { wanted, sample } = scaling;
    const ready = workers.filter(({ state }) => state === 'ready');
    const busy = ready.reduce((sum, { eventLoopUtilization }) => sum + eventLoopUtilization, 0);
    const eventLoop = Number((busy / ready.length).toFixed(3));
    const at = this.#now();
    const last = this.fleet.at(-1);
    if (last === undefined || at - last.at >= 1 || last.ready !== ready.length)
      this.fleet.push({ at, wanted, ready: ready.length, eventLoop });
    if (sample !== undefined && sample.at !== this.samples.at(-1)?.at) this.samples.push(sample);
  }
}

/** Has visitors come and go by the curve. */
export async function runCourse(
  app: RunningApp,
  { curve, seconds, bears, journal }: Course,
  said: (text: string) => void,
): Promise<Outcome> {
  const tally = new Tally();
  const crowd = new Crowd(app.url, tally);
  const began = performance.now();
  const now = (): number => Math.round((performance.now() - began) / 100) / 10;
  const watch = new Watch(app, now);
  const stream = await app.control.events((event) => watch.hear(event));
  const intervals: Interval[] = [];
  try {
    for (let at = 0; at < seconds; at = now()) {
      crowd.resize(Math.round(curve(at / seconds) * bears));
      // oxlint-disable-next-line no-await-in-loop -- at a pace
      await Promise.all([watch.look(), delay(stepMs)]);
      if (now() < (intervals.length + 1) * intervalSeconds) continue;
      const { open: sessions, moved, dropped } = tally;
      const interval = { at: now(), visitors: crowd.size, sessions, moved, dropped, ...tally.take() };
      intervals.push(interval);
      said(`${interval.at} s: ${watch.fleet.at(-1)!.ready} workers, ${JSON.stringify(interval)}`);
    }
  } finally {
    await crowd.disperse();
    stream.close();
  }
  const { fleet, samples, changes } = watch;
  return {
    fleet,
    samples,
    changes,
    intervals,
    failures: Object.fromEntries(tally.failures),
    methods: ranMethods(journal, tally.counted),
  };
}

function ranMethods(journal: string, results: ReadonlySet<string>): Recording['methods'] {
  const lines = readFileSync(journal, 'utf8').trimEnd().split('\n');
  const keys = lines.map((line) => (JSON.parse(line) as { key: string }).key);
  const ran = new Set(keys);
  const never = [...results].filter((key) => !ran.has(key)).length;
  return { results: results.size, twice: keys.length - ran.size, never };
}

import { setTimeout as delay } from 'node:timers/promises';
import type { RunningApp } from '../../test/support/radiant.ts';
import { Crowd } from './crowd.ts';
import { Tally } from './tally.ts';

const firstGuess = 30;
const settleMs = 4_000;
const looks = 8;
const lookMs = 1_000;
const tries = 4;
/** So near to the target is near enough. */
const near = 0.05;

async function meanEventLoop(app: RunningApp): Promise<number> {
  let sum = 0;
  for (let look = 0; look < looks; look += 1) {
    // oxlint-disable-next-line no-await-in-loop -- at a pace
    await delay(lookMs);
    // oxlint-disable-next-line no-await-in-loop
    const { workers } = await app.status();
    sum += workers.reduce((all, worker) => all + worker.eventLoopUtilization, 0) / workers.length;
  }
  return sum / looks;
}

/** How many visitors keep the event loops of a fleet that does not scale busy for `target` of the time. */
export async function findCapacity(
  app: RunningApp,
  target: number,
  said: (text: string) => void,
): Promise<number> {
  const crowd = new Crowd(app.url, new Tally());
  let visitors = firstGuess;
  try {
    for (let turn = 0; turn < tries; turn += 1) {
      crowd.resize(visitors);
      // oxlint-disable-next-line no-await-in-loop -- each try goes by the one before
      await delay(settleMs);
      // oxlint-disable-next-line no-await-in-loop
      const busy = await meanEventLoop(app);
      said(`${visitors} visitors: event loops ${Math.round(busy * 100)} % busy`);
      const next = Math.max(2, Math.round((visitors * target) / busy));
      if (Math.abs(busy / target - 1) <= near) return next;
      visitors = next;
    }
    return visitors;
  } finally {
    await crowd.disperse();
  }
}

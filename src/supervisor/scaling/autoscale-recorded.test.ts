import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Scaling } from '../../config/types.ts';
import { readDuration } from '../../config/values/values.ts';
import { decide, remember } from './autoscale.ts';
import type { Sample } from '../../running/status.ts';

/**
 * What a supervisor saw of real workers under real load. Recorded anew, and formatted, by
 * `npm run scaling -- --curve NAME --for 2m --samples test/fixtures/load-curves/NAME.json`.
 */
const curves = ['rise', 'steps', 'spike'] as const;

interface Recorded {
  target: number;
  limits: { min: number; max: number };
  cooldown: { up: string; down: string };
  samples: [at: number, workers: number, eventLoop: number, sessions: number, room: number | null][];
}

function recorded(curve: string): { rules: Scaling; samples: Sample[] } {
  const file = new URL(`../../../test/fixtures/load-curves/${curve}.json`, import.meta.url);
  const { target, limits, cooldown, samples } = JSON.parse(readFileSync(file, 'utf8')) as Recorded;
  return {
    rules: {
      ...limits,
      target: { eventLoop: target, sessions: 500, memory: 0.8 },
      cooldown: { up: readDuration(cooldown.up)!, down: readDuration(cooldown.down)! },
    },
    samples: samples.map(([at, workers, eventLoop, sessions, room]) => ({
      at,
      workers,
      eventLoop,
      sessions,
      room,
    })),
  };
}

interface Moment {
  at: number;
  /** So many workers would the load keep at their target. */
  needed: number;
  workers: number;
}

/** The recorded load meets as many workers as are decided on, from the next sample on. */
function follow(rules: Scaling, load: readonly Sample[]): Moment[] {
  let workers = rules.min;
  let seen: Sample[] = [];
  return load.map((sample) => {
    const needed = sample.eventLoop / rules.target.eventLoop;
    seen = remember(rules, seen, { ...sample, workers });
    const moment = { at: sample.at, needed, workers };
    workers = decide(rules, seen)?.workers ?? workers;
    return moment;
  });
}

const changesOf = (moments: readonly Moment[]): number[] =>
  moments
    .slice(1)
    .flatMap(({ workers }, i) => (workers === moments[i]!.workers ? [] : [workers - moments[i]!.workers]));

const within = (moments: readonly Moment[], at: number, ms: number): number[] =>
  moments.filter((moment) => moment.at <= at && moment.at > at - ms).map(({ needed }) => needed);

for (const curve of curves) {
  test(`${curve}, as it was recorded: the same decisions again, and no others`, () => {
    const { rules, samples } = recorded(curve);
    let seen: Sample[] = [];
    samples.forEach((sample, index) => {
      seen = remember(rules, seen, sample);
      const next = samples[index + 1]?.workers ?? sample.workers;
      assert.equal(decide(rules, seen)?.workers ?? sample.workers, next, `at ${sample.at} ms`);
    });
  });

  test(`${curve}, as a load: followed up and down once, within bounds`, () => {
    const { rules, samples } = recorded(curve);
    const moments = follow(rules, samples);
    const changes = changesOf(moments);
    const turns = changes.filter((change, i) => i > 0 && Math.sign(change) !== Math.sign(changes[i - 1]!));
    assert.ok(changes.length > 1);
    assert.ok(turns.length <= 1, `it flaps: ${changes.join()}`);
    for (const { at, workers } of moments) {
      const lasting = Math.min(...within(moments, at, 2.5 * rules.cooldown.up));
      assert.ok(workers >= Math.min(rules.max, Math.floor(lasting)), `${workers} at ${at} for ${lasting}`);
      const most = Math.max(...within(moments, at, 3 * rules.cooldown.down));
      assert.ok(workers <= Math.max(rules.min, Math.ceil(most / 0.9)), `${workers} at ${at} for ${most}`);
      assert.ok(workers >= rules.min && workers <= rules.max);
    }
    assert.equal(moments.at(-1)!.workers, rules.min);
  });

  test(`${curve}, with the usual cool-downs: nobody goes before all have come`, () => {
    const { rules, samples } = recorded(curve);
    const usual = { ...rules, cooldown: { up: 10_000, down: 120_000 } };
    const changes = changesOf(follow(usual, samples));
    const ups = changes.filter((change) => change > 0);
    assert.ok(ups.length > 0);
    assert.deepEqual(changes.slice(0, ups.length), ups, 'up before down');
  });
}

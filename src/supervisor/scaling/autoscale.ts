import type { Scaling } from '../../config/types.ts';
import type { Sample } from '../../running/status.ts';

export interface Decision {
  /** undefined: as many as there are. */
  workers?: number;
  /** What made it so. */
  reason: string;
  /** More would be needed, but must not be: why. */
  limit?: string;
}

/** Within this share around the target nothing changes: loads are never quiet. */
const tolerance = 0.1;
/** No step down goes below this share of the workers: who remains takes over the sessions of the others. */
const largestStepDown = 0.5;

/** The samples that count for the next decision: those since the number of workers was changed. */
export function remember(rules: Scaling, samples: readonly Sample[], sample: Sample): Sample[] {
  const { up, down } = rules.cooldown;
  const oldest = sample.at - up - down;
  const kept = samples.filter(({ workers, at }) => workers === sample.workers && at >= oldest);
  return [...kept, sample];
}

/** Samples come late now and then: a span that lacks so much still counts as complete. */
const slackMs = 2_000;

interface Measure {
  name: 'eventLoop' | 'sessions';
  /** How many workers the load would keep at their target; a fraction. */
  needed: number;
  /** The load for each of the workers, in words. */
  words: string;
}

/**
 * How many workers there should be, by `samples` of a time in which their number was the same, the newest last.
 * More: when the mean of the last `cooldown.up` is above the target. Fewer: when for all of `cooldown.down` fewer
 * would have borne the load well below their target. So a change is always followed by a time without one, and the
 * two limits are too far from each other for one load to cross both.
 */
export function decide(rules: Scaling, samples: readonly Sample[]): Decision | undefined {
  const last = samples.at(-1);
  const first = samples[0];
  if (last === undefined || first === undefined) return undefined;
  const watchedMs = last.at - first.at + slackMs;
  if (watchedMs >= rules.cooldown.up) {
    const more = decideUp(rules, samples, last);
    if (more !== undefined) return more;
  }
  return watchedMs >= rules.cooldown.down ? decideDown(rules, samples, last) : undefined;
}

function decideUp(rules: Scaling, samples: readonly Sample[], last: Sample): Decision | undefined {
  const recent = samples.filter(({ at }) => at > last.at - rules.cooldown.up);
  const [eventLoop, sessions] = [meanOf(recent, 'eventLoop'), meanOf(recent, 'sessions')];
  const measure = largest(measures(rules, { eventLoop, sessions }, last.workers));
  if (measure.needed <= last.workers * (1 + tolerance)) return undefined;
  const needed = Math.ceil(measure.needed);
  const fits = last.workers + Math.max(0, Math.floor(last.room ?? Infinity));
  const workers = Math.min(needed, rules.max, fits);
  const reason = `${measure.words} of each worker, ${targetWords(rules, measure.name)} are aimed at`;
  if (workers === needed) return { workers, reason };
  const limit =
    rules.max <= fits
      ? `${needed} workers are needed (${reason}), max is ${rules.max}`
      : `${needed} workers are needed (${reason}), there is memory for ${fits}`;
  return { ...(workers > last.workers && { workers }), reason, limit };
}

function decideDown(rules: Scaling, samples: readonly Sample[], last: Sample): Decision | undefined {
  const { up, down } = rules.cooldown;
  const since = last.at - down;
  const fewest = fewestSince(rules, samples, last, since);
  if (fewest.workers >= last.workers) return undefined;
  // The end of a busy time is still in view: a moment later one step does for two.
  if (fewestSince(rules, samples, last, since + Math.min(up, down / 2)).workers < fewest.workers)
    return undefined;
  const { workers, words } = fewest;
  return { workers, reason: `at most ${words} of each worker for ${Math.round(down / 1000)} s` };
}

/** So many workers would have borne the busiest time since then, and what that was, in words. */
function fewestSince(
  rules: Scaling,
  samples: readonly Sample[],
  last: Sample,
  since: number,
): { workers: number; words: string } {
  const { up } = rules.cooldown;
  const eventLoop = busiestMean(samples, 'eventLoop', up, since);
  const sessions = busiestMean(samples, 'sessions', up, since);
  const { needed, words } = largest(measures(rules, { eventLoop, sessions }, last.workers));
  const bear = Math.ceil(needed / (1 - tolerance));
  return { workers: Math.max(bear, rules.min, Math.ceil(last.workers * largestStepDown)), words };
}

const largest = (measured: readonly Measure[]): Measure =>
  measured.reduce((most, each) => (each.needed > most.needed ? each : most));

const meanOf = (samples: readonly Sample[], of: Measure['name']): number =>
  samples.reduce((sum, sample) => sum + sample[of], 0) / samples.length;

/** The highest mean of `ms` that ends after `since`: a busy second makes no busy time. */
function busiestMean(samples: readonly Sample[], of: Measure['name'], ms: number, since: number): number {
  let [most, sum, oldest] = [0, 0, 0];
  for (const [newest, sample] of samples.entries()) {
    sum += sample[of];
    while (sample.at - samples[oldest]!.at >= ms) sum -= samples[oldest++]![of];
    if (sample.at > since && sample.at - samples[0]!.at >= ms - slackMs)
      most = Math.max(most, sum / (newest - oldest + 1));
  }
  return most;
}

/** The loads are those of all workers together. */
function measures({ target }: Scaling, load: Record<Measure['name'], number>, workers: number): Measure[] {
  const { eventLoop, sessions } = load;
  return [
    {
      name: 'eventLoop',
      needed: eventLoop / target.eventLoop,
      words: `${percent(eventLoop / workers)} of the event loop`,
    },
    {
      name: 'sessions',
      needed: sessions / target.sessions,
      words: `${Math.round(sessions / workers)} sessions`,
    },
  ];
}

const targetWords = ({ target }: Scaling, name: Measure['name']): string =>
  name === 'eventLoop' ? percent(target.eventLoop) : String(target.sessions);

const percent = (share: number): string => `${Math.round(share * 100)} %`;

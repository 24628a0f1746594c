import type { ScalingStatus } from '../../running/status.ts';
import { count } from '../../common/units.ts';

/** Something to ask the app for, and how to speak of it. */
export interface Wish {
  action: string;
  input: unknown;
  doing: string;
  done: string;
}

/** What is asked of the operator first, because sessions end. */
export interface Question {
  title: string;
  text: string;
  /** What the button says that does it. */
  yes: string;
  danger?: boolean;
  wish: Wish;
}

export const restart = (workers: number): Question => ({
  title: `Restart ${count(workers, 'worker')}?`,
  text: 'Each one is replaced by a new one first, then it finishes what it has. Its sessions connect again.',
  yes: 'Restart',
  wish: {
    action: 'restart',
    input: {},
    doing: 'Restarting …',
    done: `${count(workers, 'worker')} restarted`,
  },
});

export const scaleUp = (to: number): Wish => ({
  action: 'scale',
  input: { workers: to },
  doing: `Scaling to ${to} …`,
  done: `${count(to, 'worker')} now`,
});

export const scaleDown = (to: number): Question => ({
  title: `Go down to ${count(to, 'worker')}?`,
  text: `Worker ${to + 1} finishes what it has and ends. Its sessions connect to the others.`,
  yes: 'Scale down',
  wish: scaleUp(to),
});

/** Why there may not be one worker more, or one less; undefined where there may. */
export function scaleLimits({ wanted, automatic }: ScalingStatus): { less?: string; more?: string } {
  const least = automatic?.min ?? 1;
  return {
    ...(wanted <= least && { less: `${count(least, 'worker')} at least` }),
    ...(automatic && wanted >= automatic.max && { more: `${count(automatic.max, 'worker')} at most` }),
  };
}

export const replace = (slot: number): Question => ({
  title: `Replace worker ${slot}?`,
  text: 'A new worker takes its place first, then it finishes what it has and ends. Its sessions connect again.',
  yes: 'Replace',
  wish: {
    action: 'replace',
    input: { worker: slot },
    doing: `Replacing worker ${slot} …`,
    done: `Worker ${slot} was replaced`,
  },
});

export const rollBack = (release: number, from: number): Question => ({
  title: `Put release ${release} in the place of ${from}?`,
  text: 'It starts beside the one that serves, and takes over when all its workers are ready. All sessions connect again.',
  yes: release < from ? 'Roll back' : 'Put in place',
  danger: true,
  wish: {
    action: 'rollback',
    input: { release },
    doing: `Release ${release} is on its way …`,
    done: `Release ${release} serves`,
  },
});

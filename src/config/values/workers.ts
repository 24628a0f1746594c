import type { ZodMiniType } from 'zod/mini';
import type { Zod } from './kind.ts';
import type { Scaling } from '../types.ts';
import { readDuration, readInteger } from './values.ts';

/** The most workers that anybody can mean; a typo must not start thousands of processes. */
export const maxWorkers = 256;

/** As a user writes it: a number, `auto`, a range such as `2-8` or `2-auto`, or what is to be aimed at. */
export type GivenWorkers = number | string | GivenScaling;

interface GivenScaling {
  min?: number | undefined;
  /** `auto`: as many as there is room for. */
  max?: number | 'auto' | undefined;
  target?: { [T in keyof Scaling['target']]?: number | undefined } | undefined;
  cooldown?: { [C in keyof Scaling['cooldown']]?: number | string | undefined } | undefined;
}

/** A number of workers that stays, or the limits of one that does not. `auto`: as many as there is room for. */
export type Workers = number | 'auto' | ScalingWorkers;
type ScalingWorkers = Omit<Scaling, 'max'> & { max: number | 'auto' };

/** What is aimed at where nothing is said. */
const usual = {
  target: { eventLoop: 0.6, sessions: 500, memory: 0.8 },
  cooldown: { up: '10s', down: '2m' },
};

export function workersSchema(z: Zod): ZodMiniType<GivenWorkers> {
  const number = z.int().check(z.minimum(1), z.maximum(maxWorkers));
  const share = z.number().check(z.positive(), z.maximum(1));
  const time = z.union([z.string(), z.number()]).check(
    z.refine((value) => (readDuration(value) ?? 0) >= 1_000, {
      message: 'it is no time of a second or more, such as `30s` or `2m`',
    }),
  );
  const object = z
    .strictObject({
      min: z.optional(number),
      max: z.optional(z.union([number, z.literal('auto')])),
      target: z.optional(
        z.strictObject({
          eventLoop: z.optional(share),
          sessions: z.optional(z.int().check(z.minimum(1))),
          memory: z.optional(share),
        }),
      ),
      cooldown: z.optional(z.strictObject({ up: z.optional(time), down: z.optional(time) })),
    })
    .check(
      z.refine(({ min = 1, max = 'auto' }) => max === 'auto' || min <= max, {
        message: 'it is below `min`',
        path: ['max'],
      }),
    );
  return z.union([z.string(), z.number(), object]);
}

export function readWorkers(given: GivenWorkers): Workers | undefined {
  if (typeof given === 'object') return scaling(given);
  if (given === 'auto') return 'auto';
  const range = /^(\d+)-(\d+|auto)$/.exec(String(given).trim());
  if (range === null) return readInteger(given, 1, maxWorkers);
  const min = readInteger(range[1]!, 1, maxWorkers);
  const max = range[2] === 'auto' ? 'auto' : readInteger(range[2]!, min ?? 1, maxWorkers);
  return min === undefined || max === undefined ? undefined : scaling({ min, max });
}

/** What an older version has kept, with what it did not know. */
export function fullScaling(kept: Partial<Scaling> & Pick<Scaling, 'max'>): Scaling {
  const { min, target, cooldown } = scaling({});
  return {
    ...kept,
    min: kept.min ?? min,
    target: { ...target, ...kept.target },
    cooldown: { ...cooldown, ...kept.cooldown },
  };
}

function scaling({ min = 1, max = 'auto', target = {}, cooldown = {} }: GivenScaling): ScalingWorkers {
  const { up = usual.cooldown.up, down = usual.cooldown.down } = cooldown;
  return {
    min,
    max,
    target: {
      eventLoop: target.eventLoop ?? usual.target.eventLoop,
      sessions: target.sessions ?? usual.target.sessions,
      memory: target.memory ?? usual.target.memory,
    },
    // The schema has let these through.
    cooldown: { up: readDuration(up)!, down: readDuration(down)! },
  };
}

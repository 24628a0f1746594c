import type { ZodMiniType } from 'zod/mini';
import { readInteger } from './values.ts';

/** zod is handed in, so that help and flags can be had without the time that loading it takes. */
export type Zod = typeof import('../../zod.ts');

/** A kind of value: what fits, in words and as a schema from what a user may write to what Radiant works with. */
export interface Kind<In = unknown, Out = unknown> {
  /** Completes the sentence `"x" is not …`. */
  expected: string;
  example: string;
  /** Stands for the value in help texts. */
  placeholder: string;
  /** Its value may be an object, whose parts messages name: an example of it. */
  parts?: string;
  schema: (z: Zod) => ZodMiniType<Out, In>;
}

export type Text = string | number;
export type Words = Pick<Kind, 'expected' | 'example' | 'placeholder' | 'parts'>;

/** A kind whose values are read by `read`, which says with `undefined` that a value does not fit. */
export function kind<In, Out>(
  words: Words,
  accepts: (z: Zod) => ZodMiniType<In>,
  read: (value: In) => Out | undefined,
): Kind<In, Out> {
  const schema = (z: Zod): ZodMiniType<Out, In> =>
    z.pipe(
      accepts(z),
      z.transform((value, context) => {
        const result = read(value);
        if (result !== undefined) return result;
        context.issues.push({ code: 'custom', message: words.expected, input: value });
        return z.NEVER;
      }),
    ) as ZodMiniType<Out, In>;
  return { ...words, schema };
}

export const text = (z: Zod): ZodMiniType<string> => z.string();
export const textOrNumber = (z: Zod): ZodMiniType<Text> => z.union([z.string(), z.number()]);
export const textOrBoolean = (z: Zod): ZodMiniType<string | boolean> => z.union([z.string(), z.boolean()]);

export function word(words: Words, pattern: RegExp): Kind<string, string> {
  return kind(words, text, (value) => (pattern.test(value.trim()) ? value.trim() : undefined));
}

export function integer(words: Words, min: number, max: number): Kind<Text, number> {
  return kind(words, textOrNumber, (value) => readInteger(value, min, max));
}

/** One of some words. */
export function oneOf<W extends string>(words: readonly [W, ...W[]]): Kind<W, W> {
  const quoted = words.map((entry) => `\`${entry}\``);
  const expected = [quoted.slice(0, -1).join(', '), quoted.at(-1)].join(' or ');
  const read = (value: string): W | undefined => words.find((entry) => entry === value.trim());
  return kind(
    { expected, example: words[0], placeholder: words.join('|') },
    text as (z: Zod) => ZodMiniType<W>,
    read,
  );
}

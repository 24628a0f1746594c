/** Checks one field of a message and narrows it. */
type Check<T> = (value: unknown) => value is T;
type Checked<C> = C extends Check<infer T> ? T : never;

/** The messages of one direction: for each type, its fields and what they must be. */
type Shapes = Record<string, Record<string, Check<unknown>>>;

/** The union of messages that a table of shapes describes. */
export type MessageOf<S extends Shapes> = {
  [Type in keyof S]: { type: Type } & { [Field in keyof S[Type]]: Checked<S[Type][Field]> };
}[keyof S];

export const string = (value: unknown): value is string => typeof value === 'string';
export const number = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value);
export const boolean = (value: unknown): value is boolean => typeof value === 'boolean';
export const listOf =
  <T>(check: Check<T>): Check<T[]> =>
  (value): value is T[] =>
    Array.isArray(value) && value.every(check);
export const nullable =
  <T>(check: Check<T>): Check<T | null> =>
  (value): value is T | null =>
    value === null || check(value);
/** A field that only later versions know. */
export const optional =
  <T>(check: Check<T>): Check<T | undefined> =>
  (value): value is T | undefined =>
    value === undefined || check(value);
export const record =
  <Fields extends Record<string, Check<unknown>>>(
    fields: Fields,
  ): Check<{ [F in keyof Fields]: Checked<Fields[F]> }> =>
  (value): value is { [F in keyof Fields]: Checked<Fields[F]> } =>
    typeof value === 'object' &&
    value !== null &&
    Object.keys(fields).every((field) => fields[field]!((value as Record<string, unknown>)[field]));

/**
 * The message that a line of JSON holds, or undefined when it holds none of the table's messages.
 * A supervisor that is root reads messages from an untrusted user's process: nothing passes unchecked.
 */
export function parseMessage<S extends Shapes>(shapes: S, line: string): MessageOf<S> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { type } = value as { type?: unknown };
  if (typeof type !== 'string' || !Object.prototype.hasOwnProperty.call(shapes, type)) return undefined;
  return record(shapes[type]!)(value) ? (value as unknown as MessageOf<S>) : undefined;
}

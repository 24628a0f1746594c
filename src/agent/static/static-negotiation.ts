import type { IncomingMessage } from 'node:http';

export type Coding = 'br' | 'gzip' | 'identity';

/** The fields of a request that decide how a file is answered. */
export interface RequestConditions {
  acceptEncoding: string;
  ifNoneMatch: string | undefined;
  ifModifiedSince: string | undefined;
  ifRange: string | undefined;
  range: string | undefined;
  /** It has a condition that is left to the app. */
  strange: boolean;
}

/** One pass over `rawHeaders`: reading `headers` would build an object for each request. */
export function conditionsOf({ rawHeaders }: IncomingMessage): RequestConditions {
  const conditions: RequestConditions = {
    acceptEncoding: '',
    ifNoneMatch: undefined,
    ifModifiedSince: undefined,
    ifRange: undefined,
    range: undefined,
    strange: false,
  };
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    // Most fields differ in their length already.
    if (!lengths.has(name.length)) continue;
    take(conditions, name.toLowerCase(), rawHeaders[i + 1]!);
  }
  return conditions;
}

const lengths = new Set([5, 8, 13, 15, 17, 19]);

function take(conditions: RequestConditions, name: string, value: string): void {
  const list = (before: string | undefined): string => (before ? `${before}, ${value}` : value);
  if (name === 'accept-encoding') conditions.acceptEncoding = list(conditions.acceptEncoding);
  else if (name === 'if-none-match') conditions.ifNoneMatch = list(conditions.ifNoneMatch);
  else if (name === 'if-modified-since') conditions.ifModifiedSince = value;
  else if (name === 'if-range') conditions.ifRange = value;
  else if (name === 'range') conditions.range = value;
  else if (name === 'if-match' || name === 'if-unmodified-since') conditions.strange = true;
}

const known = new Map<string, readonly Coding[]>();
/** Browsers send a handful of values; whoever makes up more must not fill the memory. */
const mostKnown = 64;

/** The codings that a client takes, the best first (RFC 9110, 12.5.3); identity if it takes none. */
export function codings(acceptEncoding: string): readonly Coding[] {
  const before = known.get(acceptEncoding);
  if (before !== undefined) return before;
  const found = rank(acceptEncoding);
  if (known.size < mostKnown) known.set(acceptEncoding, found);
  return found;
}

function rank(acceptEncoding: string): readonly Coding[] {
  const weights = new Map<string, number>();
  for (const item of acceptEncoding.toLowerCase().split(',')) {
    const [name = '', ...parameters] = item.split(';').map((part) => part.trim());
    const q = parameters.find((parameter) => parameter.startsWith('q='));
    const weight = q === undefined ? 1 : Number(q.slice(2));
    if (name !== '') weights.set(name === 'x-gzip' ? 'gzip' : name, weight >= 0 && weight <= 1 ? weight : 0);
  }
  const others = weights.get('*');
  const weigh = (coding: Coding): number => {
    const own = weights.get(coding) ?? others;
    // Not named, identity is still acceptable, after all that is.
    return own ?? (coding === 'identity' ? Number.MIN_VALUE : 0);
  };
  const all: Coding[] = ['br', 'gzip', 'identity'];
  const taken = all.filter((coding) => weigh(coding) > 0).sort((a, b) => weigh(b) - weigh(a));
  return taken.includes('identity') ? taken : [...taken, 'identity'];
}

/**
 * The first of the client's entity tags that is one of `tags`, by weak comparison (RFC 9110, 13.1.2); for `*` the
 * first of `tags`. Ours hold no comma, so a list can be split at them.
 */
export function matchingTag(ifNoneMatch: string, tags: readonly string[]): string | undefined {
  if (ifNoneMatch.trim() === '*') return tags[0];
  for (const item of ifNoneMatch.split(',')) {
    const tag = item.trim().replace(/^W\//, '');
    if (tags.includes(tag)) return tag;
  }
  return undefined;
}

export interface Range {
  start: number;
  /** The last byte of it. */
  end: number;
}

/** One range of bytes (RFC 9110, 14.1.2). Undefined: the whole file is the answer. */
export function rangeOf(text: string, size: number): Range | 'unsatisfiable' | undefined {
  const match = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(text);
  if (match === null) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= size) return 'unsatisfiable';
  return { start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}

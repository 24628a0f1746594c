import type { Answer } from '../integration/http-raw.ts';
import type { Case } from './case.ts';
import { rightOutcome } from './right-differences.ts';
import { inHttp2, ofHttp2 } from './stream-compare.ts';
import type { Saw } from './observer.ts';
import type { Outcome } from './play.ts';
import type { Way } from './ways.ts';

/** One thing that was not as with the bare app. */
export interface Difference {
  /** Differences of one kind have probably one reason. */
  kind: string;
  bare: unknown;
  got: unknown;
}

type Fields = [string, string][];

/** Each hop may keep its connection as it likes; the moment of an answer is its own. */
const comparableFields = (fields: Fields): Fields =>
  fields
    .filter(
      ([name, value]) =>
        !/^keep-alive$/i.test(name) && !(/^connection$/i.test(name) && /^keep-alive$/i.test(value)),
    )
    .filter(([name, value]) => !(/^set-cookie$/i.test(name) && value.startsWith('radiant-')))
    .map(([name, value]) => [
      name,
      /^date$/i.test(name) && value.endsWith('GMT') && !value.includes('1970') ? 'now' : value,
    ]);

const withoutDate = (head: string): string => head.replaceAll(/^date: .*$/gim, 'date: now');

function comparableAnswer({
  status,
  headers,
  body,
  trailers,
  informational,
  cut,
}: Answer): Record<string, unknown> {
  return {
    status,
    headers: comparableFields(headers),
    body: body.toString('latin1'),
    trailers,
    informational: informational.map(withoutDate),
    cut,
  };
}

/** As if the client belonged to the first slot, and no proxy stood there. */
function comparableSaw({ id, ...saw }: Saw, encrypted: boolean): Record<string, unknown> {
  const rawHeaders = saw.rawHeaders
    .map((text) => text.replace(/radiant-app=\d\.1/, 'radiant-app=N.1'))
    .map((text, i) => {
      if (i % 2 === 0) return /^X-Forwarded-(?:For|Foo)$/i.test(text) ? 'X-Forwarded' : text;
      return /^x-case$/i.test(saw.rawHeaders[i - 1]!) ? text.replace(/^\w{8}/, '') : text;
    });
  const body = saw.body?.replaceAll(id.split('.')[0]!, 'the id');
  return {
    ...saw,
    pid: 0,
    body,
    rawHeaders,
    encrypted: saw.encrypted === encrypted,
    number: id.split('.')[1],
  };
}

/** The app answers before it has read the body. */
function answersEarly({ rawHeaders }: Saw): boolean {
  const at = rawHeaders.findIndex((text, i) => i % 2 === 0 && /^x-answer$/i.test(text));
  return at >= 0 && /"when":"(?:now|early)"/.test(rawHeaders[at + 1]!);
}

/** How far the app came with a request whose answer does not wait for it is chance. */
const withoutProgress = (saw: Record<string, unknown>): Record<string, unknown> => ({
  ...saw,
  body: 'some of it',
  complete: undefined,
  trailers: undefined,
  aborted: undefined,
});

/** Of what comes behind the request that the connection ended with, it is chance what the app sees, and whether. */
function comparableSaws({ got, saw }: Outcome, way: Way): Record<string, unknown>[] {
  const answered = got.answers.length;
  const ended = got.end !== 'open';
  const until = ended && saw.length > 1 ? Math.max(answered, 1) : saw.length;
  return saw.slice(0, until).map((one) => {
    const seen = comparableSaw(one, way.encrypted ?? false);
    return answersEarly(one) ? withoutProgress(seen) : seen;
  });
}

/** The outcome without what may differ from run to run. */
export function comparable(played: Outcome, way: Way): Comparable {
  const { got, open } = played;
  const outcome = {
    answers: got.answers.map(comparableAnswer),
    rest: got.rest,
    end: got.end,
    saw: comparableSaws(played, way),
    open,
  };
  return way.http2 ? ofHttp2(outcome) : outcome;
}

export interface Comparable {
  answers: Record<string, unknown>[];
  rest: string;
  end: string;
  saw: Record<string, unknown>[];
  open: boolean;
}

/** The numbers of the requests that the app saw. */
export const numbersSeen = ({ saw }: Comparable): string[] => saw.map(({ number }) => String(number));

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Which of the fields differ, by name. */
function fieldKinds(bare: Fields, got: Fields): string[] {
  const values = (fields: Fields): Map<string, string[]> => {
    const found = new Map<string, string[]>();
    for (const [name, value] of fields) found.set(name, [...(found.get(name) ?? []), value]);
    return found;
  };
  const [before, after] = [values(bare), values(got)];
  const names = new Set([...before.keys(), ...after.keys()]);
  const differing = [...names].filter((name) => !same(before.get(name), after.get(name)));
  if (differing.length === 0) return ['field order'];
  return differing.map((name) => {
    const short =
      /^(?:[A-Z][\w-]*|[a-z-]+|__proto__)$/.test(name) && name.length < 26 ? name : 'strange name';
    const change = !after.has(name) ? 'lost' : !before.has(name) ? 'added' : 'changed';
    return `field ${short} ${change}`;
  });
}

const statusOf = ({ status }: Comparable['answers'][0]): string => String(status).split(' ')[1]!;

/** What became of the first answer that is not there, or not that one. */
function answerKind(bare: Comparable, got: Comparable): string | undefined {
  const amount = Math.max(bare.answers.length, got.answers.length);
  for (let i = 0; i < amount; i += 1) {
    const [before, after] = [bare.answers[i], got.answers[i]];
    if (before === undefined) return `an answer (${statusOf(after!)}) more, bare: ${bare.end}`;
    const asked =
      bare.end === 'open' && i > 0 && i === bare.answers.length - 1 ? 'the next request' : 'a request';
    if (after === undefined) return `no answer to ${asked}, connection ${got.end}`;
    if (statusOf(before) !== statusOf(after)) return `${asked} is answered ${statusOf(after)}`;
  }
  return undefined;
}

const rawPairs = (raw: string[]): Fields => {
  const pairs: Fields = [];
  for (let i = 0; i < raw.length; i += 2) pairs.push([raw[i]!, raw[i + 1]!]);
  return pairs;
};

function answerDifferences(bare: Comparable['answers'][0], got: Comparable['answers'][0]): Difference[] {
  const found: Difference[] = [];
  for (const key of Object.keys(bare)) {
    if (same(bare[key], got[key])) continue;
    const kinds = key === 'headers' ? fieldKinds(bare[key] as Fields, got[key] as Fields) : [key];
    for (const kind of kinds) found.push({ kind: `answer: ${kind}`, bare: bare[key], got: got[key] });
  }
  return found;
}

function sawDifferences(bare: Comparable['saw'][0], got: Comparable['saw'][0]): Difference[] {
  const found: Difference[] = [];
  for (const key of Object.keys(bare)) {
    if (same(bare[key], got[key])) continue;
    const kinds =
      key === 'rawHeaders'
        ? fieldKinds(rawPairs(bare[key] as string[]), rawPairs(got[key] as string[]))
        : [key];
    for (const kind of kinds) found.push({ kind: `the app saw: ${kind}`, bare: bare[key], got: got[key] });
  }
  return found;
}

/** What is not as it was with the bare app, but for what is right to differ. */
export function differences(plain: Comparable, got: Comparable, way: Way, made: Case): Difference[] {
  const bare = way.http2 ? inHttp2(plain) : rightOutcome(plain, got, way, made);
  const found: Difference[] = [];
  const kind = answerKind(bare, got);
  if (kind !== undefined) found.push({ kind, bare: bare.answers, got: got.answers });
  else {
    found.push(...bare.answers.flatMap((answer, i) => answerDifferences(answer, got.answers[i]!)));
    if (bare.end !== got.end)
      found.push({ kind: `end: ${bare.end} becomes ${got.end}`, bare: bare.end, got: got.end });
    if (bare.rest !== got.rest)
      found.push({ kind: 'bytes after the answers', bare: bare.rest, got: got.rest });
  }
  if (got.open) found.push({ kind: 'the app is never done with a request', bare: false, got: true });
  const [expected, seen] = [bare.saw.length, got.saw.length];
  if (expected === seen) found.push(...bare.saw.flatMap((saw, i) => sawDifferences(saw, got.saw[i]!)));
  else if (seen > expected) found.push({ kind: 'the app saw more requests', bare: bare.saw, got: got.saw });
  // What was not answered could not be seen either.
  else if (kind === undefined)
    found.push({ kind: 'the app saw fewer requests', bare: bare.saw, got: got.saw });
  return found;
}

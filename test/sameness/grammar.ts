import { answerPlan } from './grammar-answers.ts';
import { malform } from './grammar-malformed.ts';
import { chunk, request, target } from './grammar-requests.ts';
import type { Case, Mode, RequestSpec } from './case.ts';
import type { Random } from '../support/random.ts';

/** What an upload is that waits: for 100, or for the answer in its middle. */
function waiting(spec: RequestSpec, random: Random, mode: Mode): void {
  const text = random.bytes(2, 4000);
  spec.line = `${random.pick(['POST', 'PUT'])} ${target(random)} HTTP/1.1`;
  spec.fields = spec.fields.filter(
    (line) => !/^(?:content-length|transfer-encoding|expect|connection|host|te|trailer):/i.test(line),
  );
  const inChunks = random.percent(40);
  spec.fields.push('Host: app', inChunks ? 'Transfer-Encoding: chunked' : `Content-Length: ${text.length}`);
  spec.body = inChunks ? `${chunk(text.slice(0, 1))}${chunk(text.slice(1))}0\r\n\r\n` : text;
  spec.plan = answerPlan(random, { method: 'POST', alone: false });
  if (random.percent(55)) {
    spec.waits = 'continue';
    spec.fields.push(`Expect: ${random.pick(['100-continue', '100-continue', '100-Continue'])}`);
    // Only who listens for it is asked.
    if (mode === 'listening' && random.percent(25)) spec.plan.refuses = true;
  } else {
    spec.waits = 'answer';
    spec.plan = { status: 413, parts: ['too much'], when: 'early', reads: false };
    if (random.percent(30)) spec.plan.keepAlive = false;
  }
}

/** A request that asks for another protocol. */
function upgrading(spec: RequestSpec, random: Random): void {
  const protocol = random.pick(['h2c', 'websocket', 'websocket', 'other/1', 'TLS/1.0, HTTP/1.1']);
  spec.line = `GET ${target(random)} HTTP/1.1`;
  spec.fields = ['Host: app', `Upgrade: ${protocol}`, 'Connection: Upgrade', 'Accept: x/y'];
  if (protocol === 'h2c') spec.fields.push('HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA');
  spec.body = '';
  spec.plan = random.percent(20) ? { refuses: true } : {};
}

const mostSpoilt = 10_000;

/** How a client behaves, and how many of a hundred do. */
const shapes: [name: string, percent: number][] = [
  ['single', 45],
  ['sequence', 8],
  ['pipeline', 14],
  ['waiting', 10],
  ['upgrading', 5],
  ['half-closed', 4],
  ['malformed', 14],
];

/** Some of these wait for an answer that does not come. */
const slow = new Set(['malformed', 'upgrading']);

function shapeOf(random: Random, calm: boolean): string {
  const fitting = shapes.filter(([name]) => !calm || !slow.has(name));
  const all = fitting.reduce((sum, [, percent]) => sum + percent, 0);
  let left = random.int(0, all - 1);
  return fitting.find(([, percent]) => (left -= percent) < 0)![0];
}

/** The client says that its connection ends with the answer. */
const endsConnection = ({ line, fields }: RequestSpec): boolean =>
  line.endsWith('HTTP/1.0') || fields.some((field) => /^connection: close$/i.test(field));

/** What comes behind such a request is a fault, and whether an answer that is given at once is ahead of it is chance. */
function answerLaterAheadOfFault(requests: RequestSpec[]): void {
  const last = requests.slice(0, -1).findLastIndex(endsConnection);
  for (const { plan } of requests.slice(0, last + 1)) delete plan.when;
}

/** `calm`: none that takes long. */
export function makeCase(random: Random, mode: Mode, calm: boolean): Case {
  const shape = shapeOf(random, calm);
  const several = shape === 'sequence' || shape === 'pipeline';
  const requests = random.several(several ? 2 : 1, several ? 4 : 1, () => request(random, !several));
  const made: Case = {
    mode,
    requests,
    pipelined: shape === 'pipeline',
    cuts: [],
    malformed: shape === 'malformed',
    finish: 'next',
  };
  // An error in the middle of an upload resets the connection at times.
  while (made.malformed && requests[0]!.body.length > mostSpoilt) requests[0] = request(random, true);
  if (made.pipelined) answerLaterAheadOfFault(requests);
  const first = requests[0]!;
  if (shape === 'waiting') waiting(first, random, mode);
  else if (shape === 'upgrading') {
    upgrading(first, random);
    if (mode === 'listening') made.finish = 'upgraded';
  } else if (shape === 'half-closed') {
    made.finish = 'half-close';
    first.plan.when = 'late';
  } else if (shape === 'malformed') malform(first, random, mode === 'lenient' ? 32_768 : 16_384);
  // What comes after an error, and is not read any more, has the kernel reset the connection: at times.
  const whole = made.malformed || first.waits !== undefined;
  if (!whole && random.percent(20)) {
    made.cuts = random.several(1, 4, () => random.int(1, 600)).toSorted((a, b) => a - b);
  }
  return made;
}

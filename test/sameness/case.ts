/** How the fixture app shall answer; it goes along in the request itself, as JSON in the field X-Answer. */
export interface Plan {
  status?: number;
  reason?: string;
  fields?: [string, string | string[]][];
  /** One more field, so long that it would not fit into the head of the request. */
  long?: number;
  /** The ways in which apps give a head: `app-answers.cjs`. */
  form?: 'implicit' | 'explicit' | 'object' | 'array' | 'undefinedReason' | 'undefinedFields' | 'flushed';
  /** What is written, as latin1; the last one with `end`. */
  parts?: string[];
  trailers?: Record<string, string>;
  informational?: ('processing' | 'hints' | 'continue')[];
  /** 8 ms after the whole request if not: after the client's end as well, 8 ms after its head, or in the handler itself. */
  when?: 'late' | 'early' | 'now';
  /** false: the app leaves the body where it is. */
  reads?: boolean;
  /** What becomes of the connection. */
  ends?: 'end' | 'destroy' | 'cut' | 'cutAtOnce';
  sendDate?: false;
  keepAlive?: false;
  throws?: true;
  /** It throws what nobody catches, 20 ms later. */
  dies?: true;
  /** It takes no upgrade, or answers instead of 100. */
  refuses?: true;
}

/** One request, as a client writes it. All text is latin1. */
export interface RequestSpec {
  /** The request line. */
  line: string;
  /** The field lines, as they are, but for those that every request has. */
  fields: string[];
  /** What follows the head, framed already. */
  body: string;
  /** What ends a line. */
  eol: '\r\n' | '\n';
  /** The client sends the body when it was told to go on, or its second half when it has the answer. */
  waits?: 'continue' | 'answer';
  plan: Plan;
}

/** What one client does on one connection. */
export interface Case {
  mode: Mode;
  requests: RequestSpec[];
  /** All at once, before the first answer. */
  pipelined: boolean;
  /** Where the bytes are cut into several writes. */
  cuts: number[];
  /** Nobody knows how many answers there will be. */
  malformed: boolean;
  /** What the client does when all is sent: it asks once more after the answers, or says that it has no more to say. */
  finish: 'next' | 'half-close' | 'upgraded';
  /** Its one request comes by HTTP/2; as above it is what the bare app is asked instead. */
  stream?: Stream;
}

export interface Stream {
  body: string;
  framing: 'none' | 'length' | 'data';
  trailers: Record<string, string>;
  /** Each in a field of its own (RFC 9113, 8.2.3). */
  cookiesApart: boolean;
}

/** What the app's server is set to: `app.cjs`. */
export type Mode = 'plain' | 'listening' | 'lenient';
export const modes: readonly Mode[] = ['plain', 'listening', 'lenient'];

/** What differs between the runs of a case; all of it has the same length in each. */
export interface Run {
  /** Eight characters, its own for each run. */
  id: string;
  /** The slot that owns the client of the request with this number. */
  slot: (request: number) => number;
  /** A proxy says for whom it asks. */
  proxied: boolean;
}

/** The request in mid-air, where one is in the body of another: as wide as an id. */
export const idToken = '%%IDID%%';

/** JSON that a field can hold: what is not ASCII is escaped. */
function planText(plan: Plan): string {
  return JSON.stringify(plan).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The field lines that every request has; `name`: its own in the case, `number`: how many there were before. */
export const commonFields = ({ id, slot, proxied }: Run, number: number, name: number | string): string[] => [
  `X-Case: ${id}.${name}`,
  `Cookie: radiant-app=${slot(number)}.1; own=\xf6`,
  `X-Forwarded-${proxied ? 'For' : 'Foo'}: 203.0.113.9`,
];

/** The head and the body of a request, as latin1. */
export function rendered(
  { line, fields, body, eol, plan }: RequestSpec,
  number: number,
  run: Run,
): [head: string, body: string] {
  const answer = Object.keys(plan).length > 0 ? [`X-Answer: ${planText(plan)}`] : [];
  const head = [line, ...commonFields(run, number, number), ...answer, ...fields, '', ''].join(eol);
  return [head, body.replaceAll(idToken, run.id)];
}

/** All that the client sends if it waits for nothing. */
export const bytesOf = ({ requests }: Case, run: Run): string =>
  requests.map((request, i) => rendered(request, i, run).join('')).join('');

export const methodOf = ({ line }: RequestSpec): string => line.slice(0, Math.max(0, line.indexOf(' ')));

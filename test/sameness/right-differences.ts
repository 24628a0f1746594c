import type { Case } from './case.ts';
import type { Comparable } from './compare.ts';
import type { Way } from './ways.ts';

/** A difference that is meant. */
interface Right {
  reason: string;
  /** What is right in this way, made of what the bare app did; undefined: no different from that. */
  amended(bare: Comparable, got: Comparable, way: Way, made: Case): Comparable | undefined;
}

const goOn = 'HTTP/1.1 100 Continue\r\n\r\n';

const isOnly100 = (informational: unknown): boolean =>
  JSON.stringify(informational) === JSON.stringify([goOn.trim()]);

const rights: readonly Right[] = [
  {
    reason:
      'a client that still writes when its UNIX socket is closed cannot read what came before; over TCP it can',
    amended: (bare, got, { name }, { pipelined, cuts, requests }) => {
      const stillWrites = pipelined || cuts.length > 0 || requests.some(({ waits }) => waits !== undefined);
      return name === 'socket' && stillWrites && bare.end !== 'open' && got.end === 'reset'
        ? { ...bare, answers: bare.answers.slice(0, got.answers.length), end: 'reset' }
        : undefined;
    },
  },
  {
    reason:
      'whether a connection that ends ahead of more that its client sends is reset depends on what of that has come by then',
    amended: (bare, got, _way, { pipelined }) => {
      const isEarly = bare.saw.some(({ body }) => body === 'some of it');
      const both = [bare.end, got.end].every((end) => end === 'ended' || end === 'reset');
      return (isEarly || pipelined) && both ? { ...bare, end: got.end } : undefined;
    },
  },
  {
    reason: 'over TLS the end of a client that has its answer may come ahead of the news that it was sent',
    amended: (bare, got, { encrypted }) =>
      encrypted && bare.saw.length === got.saw.length
        ? {
            ...bare,
            saw: bare.saw.map((saw, i) =>
              i < bare.answers.length && saw.aborted === false
                ? { ...saw, aborted: got.saw[i]!.aborted }
                : saw,
            ),
          }
        : undefined,
  },
  {
    reason:
      'what the app writes at once is on its way before the end of a client that sends both together is seen',
    amended: (bare, got) =>
      bare.end === 'ended' && bare.rest === goOn && got.rest === '' ? { ...bare, rest: '' } : undefined,
  },
  {
    reason: 'the same ahead of a fault that is found behind the request, which Node answers itself',
    amended: ({ answers, ...bare }, got) => {
      const last = answers.at(-1);
      const isNodes = last !== undefined && /^HTTP\/1\.1 4(?:00|22) /.test(String(last.status));
      if (!isNodes || bare.end !== 'ended' || !isOnly100(last.informational)) return undefined;
      const isMissing = (got.answers.at(-1)?.informational as string[] | undefined)?.length === 0;
      return isMissing
        ? { ...bare, answers: [...answers.slice(0, -1), { ...last, informational: [] }] }
        : undefined;
    },
  },
];

/** What is right in a way, where the bare app did this. */
export const rightOutcome = (bare: Comparable, got: Comparable, way: Way, made: Case): Comparable =>
  rights.reduce((right, { amended }) => amended(right, got, way, made) ?? right, bare);

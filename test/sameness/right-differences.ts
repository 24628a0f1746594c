import type { Comparable } from './compare.ts';
import type { Way } from './ways.ts';

/** A difference that is meant. */
interface Right {
  reason: string;
  /** What is right in this way, made of what the bare app did; undefined: no different from that. */
  amended(bare: Comparable, got: Comparable, way: Way): Comparable | undefined;
}

const goOn = 'HTTP/1.1 100 Continue\r\n\r\n';

const rights: readonly Right[] = [
  {
    reason:
      'what the app writes at once is on its way before the end of a client that sends both together is seen',
    amended: (bare, got) =>
      bare.end === 'ended' && bare.rest === goOn && got.rest === '' ? { ...bare, rest: '' } : undefined,
  },
];

/** What is right in a way, where the bare app did this. */
export const rightOutcome = (bare: Comparable, got: Comparable, way: Way): Comparable =>
  rights.reduce((right, { amended }) => amended(right, got, way) ?? right, bare);

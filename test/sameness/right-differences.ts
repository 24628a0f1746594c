import type { Comparable } from './compare.ts';
import type { Way } from './ways.ts';

/** A difference that is meant, and why. Whatever else differs as well is not covered by it. */
interface Right {
  reason: string;
  fits(bare: Comparable, got: Comparable, way: Way): boolean;
}

const says = (answer: Comparable['answers'][0] | undefined): boolean =>
  (answer?.headers as [string, string][] | undefined)?.some(
    ([name, value]) => /^connection$/i.test(name) && value === 'close',
  ) ?? false;

const withoutClose = (answers: Comparable['answers']): unknown[] =>
  answers.map((answer) => ({
    ...answer,
    headers: (answer.headers as [string, string][]).filter(([name]) => !/^connection$/i.test(name)),
  }));

const rights: readonly Right[] = [
  {
    // The next connection of the client may come to the owner of its own accord. It is announced, so nothing is lost.
    reason: 'a TLS connection cannot move: it may end with a forwarded answer that says so',
    fits: (bare, got, { encrypted }) => {
      if (!encrypted || bare.end !== 'open' || got.end !== 'ended' || !says(got.answers.at(-1))) return false;
      // The next request was not asked for any more.
      const asked = bare.answers.slice(0, -1);
      const seen = bare.saw.filter(({ number }) => number !== 'next');
      return (
        JSON.stringify(withoutClose(asked)) === JSON.stringify(withoutClose(got.answers)) &&
        JSON.stringify(seen) === JSON.stringify(got.saw)
      );
    },
  },
];

/** The reason why two outcomes may differ as they do. */
export const rightDifference = (bare: Comparable, got: Comparable, way: Way): string | undefined =>
  rights.find(({ fits }) => fits(bare, got, way))?.reason;

import type { Comparable } from './compare.ts';
import type { Way } from './ways.ts';

/** A difference that is meant. */
interface Right {
  reason: string;
  /** What is right in this way, made of what the bare app did; undefined: no different from that. */
  amended(bare: Comparable, got: Comparable, way: Way): Comparable | undefined;
}

type Fields = [string, string][];

const saysClose = ({ headers }: Comparable['answers'][0]): boolean =>
  (headers as Fields).some(([name, value]) => /^connection$/i.test(name) && value === 'close');

/** The answer says that the connection ends; where it says so already it stays as it is. */
const withClose = (
  answer: Comparable['answers'][0],
  like: Comparable['answers'][0],
): Comparable['answers'][0] => {
  const without = (answer.headers as Fields).filter(([name]) => !/^connection$/i.test(name));
  const at = (like.headers as Fields).findIndex(([name]) => /^connection$/i.test(name));
  return { ...answer, headers: without.toSpliced(at, 0, (like.headers as Fields)[at]!) };
};

const rights: readonly Right[] = [
  {
    reason: "a worker's own socket is none of IP: there is no local address, whoever asks by it",
    amended: (bare, _got, { name }) =>
      name === 'socket'
        ? { ...bare, saw: bare.saw.map((saw) => ({ ...saw, localAddress: undefined })) }
        : undefined,
  },
  {
    // The next connection of the client may come to the owner by itself. It is announced, so no request is lost.
    reason: 'a TLS connection cannot move: it may end with a forwarded answer that says so',
    amended: (bare, got, { encrypted }) => {
      const last = got.answers.at(-1);
      const answers = bare.answers.slice(0, got.answers.length);
      const isEarlier =
        bare.end === 'open' && got.end === 'ended' && answers.length === bare.answers.length - 1;
      if (!encrypted || !isEarlier || last === undefined || !saysClose(last)) return undefined;
      return {
        ...bare,
        answers: [...answers.slice(0, -1), withClose(answers.at(-1)!, last)],
        saw: bare.saw.filter(({ number }) => number !== 'next'),
        end: 'ended',
      };
    },
  },
];

/** What is right in a way, where the bare app did this. */
export const rightOutcome = (bare: Comparable, got: Comparable, way: Way): Comparable =>
  rights.reduce((right, { amended }) => amended(right, got, way) ?? right, bare);

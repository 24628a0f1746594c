import type { Member } from '../../../protocol/messages.ts';
import { refusalFrom, type Refusal } from '../../../protocol/refusals.ts';
import { connectTo, hear } from '../../runtime/sockets.ts';
import type { GivenTransport } from './given-transport.ts';
import type { Offer } from './giving.ts';
import { onLines } from '../state/talk.ts';
import type { State } from '../state/state.ts';

/** Characters of JSON: what takes longer to begin anew than a reconnect hides. */
const mostState = 1024 * 1024;

/**
 * Says to another worker what a client knows, and sends it the client's connection. `answer` is called when it could go on
 * there, or why it cannot; until `go` the session is the giver's, and whoever of the two ends ends the offer.
 */
export function offerTo(
  { siblings, worker }: Pick<Member, 'siblings' | 'worker'>,
  move: string,
  state: State,
  transport: GivenTransport,
  answer: (refusal?: Refusal) => void,
): Offer {
  const text = JSON.stringify(state);
  if (text.length > mostState) {
    answer('state over 1 MB');
    return nobody(worker);
  }
  const talk = connectTo(siblings);
  talk.write(`${JSON.stringify({ handOver: move })}\n${text}\n`);
  let heard = answer;
  onLines(talk, (line) => {
    const { refused } = JSON.parse(line) as { refused?: unknown };
    heard(refused === undefined ? undefined : refusalFrom(refused));
  });
  hear(talk, 'close', () => heard('the other worker has gone'));
  transport.send(move, worker, () => answer('its connection could not be moved'));
  return {
    worker,
    go: (there, behind) => {
      heard = () => {
        heard = () => {};
        there();
      };
      const rest = behind.length === 0 ? {} : { behind: behind.toString('base64') };
      talk.end(`${JSON.stringify(rest)}\n`);
    },
    withdraw: () => void talk.destroy(),
  };
}

const nobody = (worker: number): Offer => ({ worker, go: () => {}, withdraw: () => {} });

import type { Member } from '../../../protocol/messages.ts';
import type { Refusal } from '../../../protocol/refusals.ts';
import type { State } from '../state/state.ts';
import type { GivenTransport } from './given-transport.ts';
import type { Offer } from './giving.ts';
import { offerTo } from './offer.ts';

/** Sessions that are offered to other workers, by the names of their moves. */
export class Offers {
  readonly #prefix: string;
  #count = 0;
  /** Whom to tell that a connection could not be brought. */
  readonly #open = new Map<string, (refusal: Refusal) => void>();

  /** `prefix` is no other one's. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** As `offerTo`. */
  to(
    target: Pick<Member, 'siblings' | 'worker'>,
    state: State,
    transport: GivenTransport,
    answer: (refusal?: Refusal) => void,
  ): Offer {
    const move = `${this.#prefix}${this.#count++}`;
    this.#open.set(move, answer);
    return offerTo(target, move, state, transport, (refusal) => {
      this.#open.delete(move);
      answer(refusal);
    });
  }

  /** It is one of these. */
  has(move: string): boolean {
    return move.startsWith(this.#prefix);
  }

  /** The supervisor could not bring the connection of one. */
  unmoved(move: string): void {
    this.#open.get(move)?.('its connection could not be moved');
    this.#open.delete(move);
  }
}

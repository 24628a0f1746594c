import type { Sessions } from './sessions.ts';
import type { SupervisorLink } from '../link/supervisor-link.ts';
import { setImmediate } from '../runtime/timers.ts';

/** So many names are in one message, or told in one turn: a line of the protocol has a limit. */
const piece = 1_000;

/** Tells a supervisor which long-poll sessions live here: the first ones in the hello, the others after its welcome. */
export class SessionRoll {
  readonly #sessions: Sessions;
  #untold: string[] = [];

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
  }

  /** For the hello. */
  begin(): { sessions: string[]; more: boolean } {
    const own = this.#sessions.own();
    this.#untold = own.slice(piece);
    return { sessions: own.slice(0, piece), more: this.#untold.length > 0 };
  }

  /** The supervisor has welcomed this worker. */
  goOn(link: Pick<SupervisorLink, 'send'>): void {
    if (this.#untold.length === 0) return;
    for (const session of this.#untold.splice(0, piece)) link.send({ type: 'session', session });
    if (this.#untold.length === 0) link.send({ type: 'told' });
    else setImmediate(() => this.goOn(link));
  }
}

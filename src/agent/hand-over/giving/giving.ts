import type { Refusal } from '../../../protocol/refusals.ts';
import { guarded } from '../../runtime/guard.ts';
import { monotonicNow } from '../../runtime/originals.ts';
import { clearInterval, setInterval } from '../../runtime/timers.ts';
import type { GivenTransport } from './given-transport.ts';
import type { Answer } from '../app/answer.ts';
import type { GivenSession } from './given-session.ts';
import type { State } from '../state/state.ts';

const lookEveryMs = 5;
/** Within that there is a moment at which its input can be stopped. */
const stopMs = 5_000;
/** What the app does for it is waited for so long, and for a client that does not read what it is sent. */
const quietMs = 1_000;
const flushMs = 1_000;
/** The other worker is to have a session of its own ready within that. */
const preparedMs = 2_000;

/** Offers it to another worker. `answer` is called when it could go on there, or why it cannot. */
export type MakeOffer = (
  state: State,
  transport: GivenTransport,
  answer: (refusal?: Refusal) => void,
) => Offer;

export interface Offer {
  worker: number;
  /** It is the other worker's now; what was written here meanwhile goes behind it. `there` is called when that knows it, or has died. */
  go(there: () => void, behind: Buffer): void;
  withdraw(): void;
}

type Step = 'stopping' | 'settling' | 'asking' | 'flushing' | 'offered';

/** A session on its way to another worker. Until the other one has it whole nothing is undone here that could not be taken back. */
export class Giving {
  readonly #session: GivenSession;
  readonly #transport: GivenTransport;
  readonly #makeOffer: MakeOffer;
  readonly #done: (refusal?: Refusal) => void;
  #step: Step = 'stopping';
  #since = monotonicNow();
  #timer: NodeJS.Timeout | undefined;
  #answer: Answer<string> | undefined;
  #state: State | undefined;
  #offer: Offer | undefined;

  /** `done` is called once: it has gone, or why it is still here. */
  constructor(
    session: GivenSession,
    transport: GivenTransport,
    makeOffer: MakeOffer,
    done: (refusal?: Refusal) => void,
  ) {
    this.#session = session;
    this.#transport = transport;
    this.#makeOffer = makeOffer;
    this.#done = done;
    const look = guarded(
      'ddp',
      () => this.#look(),
      () => this.#stay('a fault of Radiant'),
    );
    this.#timer = setInterval(look, lookEveryMs);
    look();
  }

  #look(): void {
    const transport = this.#transport;
    if (transport.gone || this.#session.gone) return this.#stay('its client has gone');
    const late = (ms: number): boolean => monotonicNow() - this.#since > ms;
    switch (this.#step) {
      case 'stopping':
        if (transport.stopInput()) this.#enter('settling');
        else if (late(stopMs)) this.#stay('its client is never between two messages');
        break;
      case 'settling':
        if (this.#isQuiet) this.#ask();
        else if (late(quietMs)) this.#stay('a method or publication takes too long');
        break;
      case 'asking':
        this.#hearApp(late(quietMs));
        break;
      case 'flushing':
        if (transport.flushed) this.#send();
        else if (late(flushMs)) this.#stay('its client does not read');
        break;
      case 'offered':
        if (late(preparedMs)) this.#stay('the other worker did not answer');
        break;
    }
  }

  get #isQuiet(): boolean {
    return this.#transport.heard && this.#session.settled;
  }

  #ask(): void {
    this.#answer = this.#session.ask();
    this.#enter('asking');
    this.#hearApp(false);
  }

  #hearApp(late: boolean): void {
    const outcome = this.#answer === undefined ? { value: undefined } : this.#answer.outcome;
    if (outcome !== undefined && 'refusal' in outcome) this.#stay(outcome.refusal);
    else if (outcome !== undefined && this.#isQuiet) this.#snapshot(outcome.value);
    else if (late) this.#stay("the app's onHandOver did not answer");
  }

  #enter(step: Step): void {
    this.#step = step;
    this.#since = monotonicNow();
  }

  /** In one turn: what the session says from now on is not in the state. */
  #snapshot(app: string | undefined): void {
    this.#state = this.#session.hold(app, this.#transport.state());
    this.#transport.flush();
    this.#enter('flushing');
  }

  #send(): void {
    this.#transport.silence();
    this.#enter('offered');
    this.#offer = this.#makeOffer(this.#state!, this.#transport, (refusal) => {
      if (this.#timer === undefined) return;
      if (refusal === undefined) this.#go();
      else this.#stay(refusal);
    });
  }

  #go(): void {
    this.#stop();
    const { worker, go } = this.#offer!;
    go(() => this.#transport.follow(), this.#transport.behind);
    this.#transport.leave(worker);
    this.#session.end();
    this.#done();
  }

  #stay(refusal: Refusal): void {
    if (this.#timer === undefined) return;
    this.#stop();
    this.#offer?.withdraw();
    this.#transport.resume();
    this.#session.release();
    this.#done(refusal);
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

import type { Refusal } from '../../../protocol/refusals.ts';
import { guarded } from '../../runtime/guard.ts';
import { monotonicNow } from '../../runtime/originals.ts';
import { clearInterval, setInterval } from '../../runtime/timers.ts';
import type { Answer } from '../app/answer.ts';
import { HeldWrites } from '../internals/held-writes.ts';
import { wsSocketOf, type WsSocket } from '../internals/ws.ts';
import type { PlainState } from '../state/state.ts';
import type { SilentSocket } from './silent-socket.ts';

const lookEveryMs = 5;
const patienceMs = 1_500;

type Take = (state: string) => Answer<void>;

/** A WebSocket of the app's own that comes from another worker: the app's server makes one, and the app is told whose it is. */
export class TakingPlain {
  readonly #state: PlainState;
  readonly #prepared: (refusal?: Refusal) => void;
  readonly #began = monotonicNow();
  readonly #timer: NodeJS.Timeout;
  #silent: SilentSocket | undefined;
  /** What the app says before the client is its own. */
  #held: HeldWrites | undefined;
  #answer: Answer<void> | undefined;
  #over = false;

  /** `prepared` is called once: it could go on here, or why not. */
  constructor(state: PlainState, prepared: (refusal?: Refusal) => void) {
    this.#state = state;
    this.#prepared = prepared;
    const look = guarded(
      'ddp',
      () => this.#look(),
      () => this.#end('a fault of Radiant'),
    );
    this.#timer = setInterval(look, lookEveryMs);
  }

  /** The app's server begins with it. */
  open(silent: SilentSocket): void {
    this.#silent = silent;
  }

  /** The app's server has made a WebSocket of it. */
  begin(ws: WsSocket, take: Take): void {
    if (this.#over) return;
    const { protocol, extensions } = this.#state.transport;
    if (ws.protocol !== protocol || ws.extensions !== extensions)
      return this.#end('its WebSocket was negotiated in another way');
    this.#held = new HeldWrites(wsSocketOf(ws));
    this.#answer = take(this.#state.app);
  }

  #look(): void {
    const outcome = this.#answer?.outcome;
    if (this.#silent?.socket.destroyed === true) this.#end('its connection has ended');
    else if (outcome !== undefined) this.#end('refusal' in outcome ? outcome.refusal : undefined);
    else if (monotonicNow() - this.#began < patienceMs) return;
    else this.#end(this.#answer ? "the app's onHandOver did not answer" : 'the app does not take it');
  }

  #end(refusal?: Refusal): void {
    if (this.#over) return;
    this.#over = true;
    clearInterval(this.#timer);
    this.#prepared(refusal);
  }

  /** It lives here from now on; `behind`: what the other worker's app has said last. */
  commit(behind: Buffer): void {
    const silent = this.#silent!;
    silent.speak();
    if (behind.length > 0) silent.socket.write(behind);
    this.#held!.release();
    silent.listen();
  }

  abort(): void {
    this.#over = true;
    clearInterval(this.#timer);
    this.#silent?.socket.destroy();
  }
}

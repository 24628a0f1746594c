import type { Refusal } from '../../../protocol/refusals.ts';
import { monotonicNow, nextTick } from '../../runtime/originals.ts';
import { clearInterval, setInterval } from '../../runtime/timers.ts';
import { guarded } from '../../runtime/guard.ts';
import { ClientView, difference, type DdpMessage } from '../state/difference.ts';
import { unexpected } from '../internals/unexpected.ts';
import { HeldMessages } from '../internals/held-messages.ts';
import { lackOfSession, setUser, subscriptionStart, type MeteorSession } from '../internals/meteor.ts';
import type { SessionMaker } from '../internals/session-maker.ts';
import type { SockJsConnection } from '../internals/sockjs.ts';
import type { SessionState } from '../state/state.ts';
import type { TakenTransport } from './taken-transport.ts';

const lookEveryMs = 5;
/** All that was ready at the giver is to be ready here within that. */
const patienceMs = 1_500;
/** Publications that say what they have by and by are waited for so long before anything is taken away from the client. */
const lateMs = 250;

/** Runs what Meteor wants to have run in an environment of its own (2.x: a Fiber). */
export type InMeteor = (task: () => unknown) => unknown;

/** A session that comes from another worker: the app here makes one, which says nothing until it is all there. */
export class Taking {
  readonly #state: SessionState;
  readonly #transport: TakenTransport;
  readonly #sessions: SessionMaker;
  readonly #inMeteor: InMeteor;
  readonly #prepared: (refusal?: Refusal) => void;
  readonly #view = new ClientView();
  readonly #began = monotonicNow();
  #held: HeldMessages | undefined;
  #connection: SockJsConnection | undefined;
  #timer: NodeJS.Timeout | undefined;
  #settledAt: number | undefined;
  #heard = 0;

  /** `prepared` is called once: it could go on here, or why not. */
  constructor(
    state: SessionState,
    transport: TakenTransport,
    sessions: SessionMaker,
    inMeteor: InMeteor,
    prepared: (refusal?: Refusal) => void,
  ) {
    this.#state = state;
    this.#transport = transport;
    this.#sessions = sessions;
    this.#inMeteor = inMeteor;
    this.#prepared = prepared;
    this.#timer = setInterval(() => this.#look(), lookEveryMs);
  }

  /** SockJS has it; Meteor gets it in this turn, behind us. */
  connected(connection: SockJsConnection): void {
    this.#connection = connection;
    nextTick(
      guarded(
        'ddp',
        () => this.#open(),
        () => this.#refuse('Meteor is not as expected'),
      ),
    );
  }

  #open(): void {
    const connection = this.#connection!;
    this.#held = new HeldMessages(connection);
    const session = this.#sessions.open(connection, this.#state.version);
    if (!session) return this.#refuse('Meteor is not as expected');
    const [lack] = lackOfSession(session);
    if (lack !== undefined) return this.#refuse(unexpected('Meteor is not as expected', lack));
    this.#inMeteor(() => this.#fill(session));
  }

  #fill(session: MeteorSession): void {
    const { userId, loginToken, subscriptions } = this.#state;
    setUser(session, userId, loginToken);
    for (const start of this.#sessions.universals(session)) this.#inMeteor(start);
    for (const subscription of subscriptions) {
      const start = subscriptionStart(session, subscription);
      if (start === undefined) this.#view.hear(noSubscription(subscription.id, subscription.name));
      else this.#inMeteor(start);
    }
  }

  /** What the session has said since the last look is what its client would have been told. */
  #hear(): void {
    const texts = this.#held?.texts ?? [];
    for (; this.#heard < texts.length; this.#heard += 1) {
      this.#view.hear(JSON.parse(texts[this.#heard]!) as DdpMessage);
    }
  }

  #look(): void {
    if (this.#transport.gone) return this.#refuse('its connection has ended');
    if (monotonicNow() - this.#began > patienceMs)
      return this.#refuse('a method or publication takes too long');
    const connection = this.#connection;
    if (connection === undefined || this.#held === undefined) return;
    this.#hear();
    const { ready, nosubs } = this.#view;
    if (!this.#state.subscriptions.every(({ id }) => ready.has(id) || nosubs.has(id))) return;
    const refusal = this.#transport.refusal(connection);
    if (refusal !== undefined) return this.#refuse(refusal);
    if (!this.#transport.settled(connection)) return;
    this.#settledAt ??= monotonicNow();
    const takesAway = this.#news().some(({ msg }) => msg === 'removed');
    if (takesAway && monotonicNow() - this.#settledAt < lateMs) return;
    this.#stop();
    this.#prepared();
  }

  get #undelivered(): string[] {
    const { transport } = this.#state;
    return transport.kind === 'poll' ? transport.undelivered : [];
  }

  #news(): DdpMessage[] {
    const { documents, known } = this.#state;
    return [...difference(documents, known, this.#view), ...this.#view.nosubs.values()];
  }

  /** The session lives here from now on. */
  commit(): void {
    this.#hear();
    const news = this.#news().map((message) => JSON.stringify(message));
    this.#transport.speak(this.#connection!);
    this.#held!.release([...this.#undelivered, ...news]);
    this.#transport.listen();
  }

  #refuse(reason: Refusal): void {
    if (this.#timer === undefined) return;
    this.#stop();
    this.#prepared(reason);
  }

  #stop(): void {
    if (this.#timer !== undefined) clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** It stays where it was: here it ends as if its client had gone. */
  abort(): void {
    this.#stop();
    this.#transport.abort(this.#connection);
  }
}

/** As Meteor says it of one that a release does not have. */
const noSubscription = (id: string, name: string): DdpMessage => {
  const reason = `Subscription '${name}' not found`;
  const error = {
    isClientSafe: true,
    error: 404,
    reason,
    message: `${reason} [404]`,
    errorType: 'Meteor.Error',
  };
  return { msg: 'nosub', id, error };
};

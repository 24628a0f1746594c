import type { AppConnection } from '../../../common/in-app.ts';
import type { Refusal } from '../../../protocol/refusals.ts';
import { monotonicNow, nextTick } from '../../runtime/originals.ts';
import { clearInterval, setInterval } from '../../runtime/timers.ts';
import { guarded } from '../../runtime/guard.ts';
import { ClientView, difference, type DdpMessage } from '../state/difference.ts';
import type { Answer } from '../app/answer.ts';
import { unexpected } from '../internals/unexpected.ts';
import { HeldMessages } from '../internals/held-messages.ts';
import {
  lackOfSession,
  setUser,
  subscriptionStart,
  universalStarts,
  type MeteorSession,
  type OpenSession,
} from '../internals/meteor.ts';
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

/** Asks the app whether it takes a connection, with what its other process knows of it; undefined where it wants not to be asked. */
export type AskApp = (connection: AppConnection, state: string | undefined) => Answer<void> | undefined;

export interface TakingParts {
  open: OpenSession;
  inMeteor: InMeteor;
  ask: AskApp;
}

/** A session that comes from another worker: the app here makes one, which says nothing until it is all there. */
export class Taking {
  readonly #state: SessionState;
  readonly #transport: TakenTransport;
  readonly #parts: TakingParts;
  readonly #prepared: (refusal?: Refusal) => void;
  readonly #view = new ClientView();
  readonly #began = monotonicNow();
  #held: HeldMessages | undefined;
  #connection: SockJsConnection | undefined;
  #timer: NodeJS.Timeout | undefined;
  #settledAt: number | undefined;
  #heard = 0;
  #session: MeteorSession | undefined;
  /** The app's word; its publications start behind it. */
  #answer: Answer<void> | undefined;
  #started = false;

  /** `prepared` is called once: it could go on here, or why not. */
  constructor(
    state: SessionState,
    transport: TakenTransport,
    parts: TakingParts,
    prepared: (refusal?: Refusal) => void,
  ) {
    this.#state = state;
    this.#transport = transport;
    this.#parts = parts;
    this.#prepared = prepared;
    const look = guarded(
      'ddp',
      () => this.#look(),
      () => this.#refuse('a fault of Radiant'),
    );
    this.#timer = setInterval(look, lookEveryMs);
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
    const session = this.#parts.open(connection, this.#state.version);
    if (!session) return this.#refuse('Meteor is not as expected');
    const [lack] = lackOfSession(session);
    if (lack !== undefined) return this.#refuse(unexpected('Meteor is not as expected', lack));
    this.#session = session;
    this.#parts.inMeteor(() => this.#fill(session));
  }

  #fill(session: MeteorSession): void {
    const { userId, loginToken, app } = this.#state;
    setUser(session, userId, loginToken);
    this.#answer = this.#parts.ask(session.connectionHandle, app);
    if (this.#answer === undefined) this.#start(session);
  }

  /** Once the app has said that it takes it. */
  #hearApp(): void {
    const outcome = this.#answer?.outcome;
    if (outcome === undefined || this.#started) return;
    if ('refusal' in outcome) this.#refuse(outcome.refusal);
    else this.#parts.inMeteor(() => this.#start(this.#session!));
  }

  #start(session: MeteorSession): void {
    this.#started = true;
    const { subscriptions } = this.#state;
    for (const start of universalStarts(session)) this.#parts.inMeteor(start);
    for (const subscription of subscriptions) {
      const start = subscriptionStart(session, subscription);
      if (start === undefined) this.#view.hear(noSubscription(subscription.id, subscription.name));
      else this.#parts.inMeteor(start);
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
    if (monotonicNow() - this.#began > patienceMs) return this.#refuse(this.#lateness);
    const connection = this.#connection;
    if (connection === undefined || this.#held === undefined) return;
    this.#hearApp();
    if (!this.#started) return;
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

  get #lateness(): Refusal {
    const isAsked = this.#answer !== undefined && this.#answer.outcome === undefined;
    return isAsked ? "the app's onHandOver did not answer" : 'a method or publication takes too long';
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

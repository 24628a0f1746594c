import type net from 'node:net';

import { builtin } from '../runtime/builtin.ts';
import { monotonicNow, nextTick } from '../runtime/originals.ts';
import { clearInterval, setInterval } from '../runtime/timers.ts';
import { guarded } from '../runtime/guard.ts';
import { ClientView, difference, sameJson } from './difference.ts';
import { HeldMessages } from './held-messages.ts';
import type { InflateWindows } from './inflate-windows.ts';
import {
  accounts,
  deflationOf,
  ejson,
  isFlushed,
  lackOfSession,
  lackOfWebSocket,
  meteorServer,
  negotiated,
  webSocketOf,
  type DdpMessage,
  type FayeWebSocket,
  type MeteorSession,
  type SockJsConnection,
} from './internals.ts';
import type { SilentSocket } from './silent-socket.ts';
import type { SessionState } from './state.ts';

const lookEveryMs = 5;
/** All that was ready at the giver is to be ready here within that. */
const patienceMs = 1_500;
/** Publications that say what they have by and by are waited for so long before anything is taken away from the client. */
const lateMs = 250;

export interface TakerParts {
  windows: InflateWindows;
  /** Runs what Meteor wants to have run in an environment of its own (2.x: a Fiber). */
  inMeteor(task: () => unknown): unknown;
}

/** A session that comes from another worker: the app here makes one, which says nothing until it is all there. */
export class Taking {
  readonly #state: SessionState;
  readonly #silent: SilentSocket;
  readonly #parts: TakerParts;
  readonly #prepared: (refusal?: string) => void;
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
    silent: SilentSocket,
    parts: TakerParts,
    prepared: (refusal?: string) => void,
  ) {
    this.#state = state;
    this.#silent = silent;
    this.#parts = parts;
    this.#prepared = prepared;
    this.#timer = setInterval(() => this.#look(), lookEveryMs);
  }

  get socket(): net.Socket {
    return this.#silent.socket;
  }

  /** SockJS has it; Meteor gets it in this turn, behind us. */
  connected(connection: SockJsConnection): void {
    this.#connection = connection;
    nextTick(
      guarded(
        'ddp',
        () => this.#open(),
        () => this.#refuse('Meteor did not open it'),
      ),
    );
  }

  #open(): void {
    const connection = this.#connection!;
    this.#held = new HeldMessages(connection);
    const { version } = this.#state;
    withoutUniversal(() =>
      connection.emit('data', JSON.stringify({ msg: 'connect', version, support: [version] })),
    );
    const session = connection._meteorSession;
    if (!session) return this.#refuse('Meteor made no session');
    const [lack] = lackOfSession(session);
    if (lack !== undefined) return this.#refuse(`Meteor lacks ${lack}`);
    this.#parts.inMeteor(() => this.#fill(session));
  }

  #fill(session: MeteorSession): void {
    const { userId, loginToken, subscriptions } = this.#state;
    session.userId = userId;
    if (userId !== null && loginToken !== null)
      accounts()?._setLoginToken(userId, session.connectionHandle, loginToken);
    const server = meteorServer()!;
    const { inMeteor } = this.#parts;
    for (const handler of [...server.universal_publish_handlers]) {
      inMeteor(() => forget(session._startSubscription(handler)));
    }
    for (const { id, name, params } of subscriptions) {
      const handler = server.publish_handlers[name];
      const given = ejson().fromJSONValue(params) as unknown[];
      if (handler !== undefined) inMeteor(() => forget(session._startSubscription(handler, id, given, name)));
      else this.#view.hear(noSubscription(id, name));
    }
  }

  /** What the session has said since the last look is what its client would have been told. */
  #hear(): void {
    const texts = this.#held?.texts ?? [];
    for (; this.#heard < texts.length; this.#heard += 1) {
      this.#view.hear(JSON.parse(texts[this.#heard]!) as DdpMessage);
    }
  }

  get #ws(): FayeWebSocket | undefined {
    return this.#connection && webSocketOf({ socket: this.#connection } as MeteorSession);
  }

  #look(): void {
    if (this.socket.destroyed) return this.#refuse('its connection has ended');
    if (monotonicNow() - this.#began > patienceMs) return this.#refuse('its publications take too long');
    const ws = this.#ws;
    if (ws === undefined || this.#held === undefined) return;
    this.#hear();
    const { ready, nosubs } = this.#view;
    if (!this.#state.subscriptions.every(({ id }) => ready.has(id) || nosubs.has(id))) return;
    if (!isFlushed(ws)) return;
    this.#settledAt ??= monotonicNow();
    const takesAway = this.#news().some(({ msg }) => msg === 'removed');
    if (takesAway && monotonicNow() - this.#settledAt < lateMs) return;
    const refusal = this.#refusal(ws);
    if (refusal !== undefined) return this.#refuse(refusal);
    this.#stop();
    this.#prepared();
  }

  #refusal(ws: FayeWebSocket): string | undefined {
    const [lack] = lackOfWebSocket(ws);
    if (lack !== undefined) return `its WebSocket lacks ${lack}`;
    const { negotiated: agreed, window } = this.#state.websocket;
    const { deflate } = agreed;
    if (!sameJson(agreed, negotiated(ws))) return 'its WebSocket was negotiated in another way';
    return deflate?.peerTakeover && window === null
      ? 'its WebSocket was not seen from its beginning'
      : undefined;
  }

  #news(): DdpMessage[] {
    const { documents, known } = this.#state;
    return [...difference(documents, known, this.#view), ...this.#view.nosubs.values()];
  }

  /** The session lives here from now on. */
  commit(): void {
    const ws = this.#ws!;
    this.#hear();
    const { window } = this.#state.websocket;
    if (window !== null) this.#goOnInflating(ws, Buffer.from(window, 'base64'));
    this.#silent.speak();
    this.#held!.release(this.#news().map((message) => JSON.stringify(message)));
    this.#silent.listen();
  }

  /** What its client sends may refer back to what it sent to the giver; what it is sent refers back to nothing. */
  #goOnInflating(ws: FayeWebSocket, window: Buffer): void {
    const deflation = deflationOf(ws);
    if (!deflation) return;
    deflation._deflate?.close?.();
    deflation._deflate = null;
    if (!deflation._peerContextTakeover) return;
    const windowBits = Math.max(deflation._peerWindowBits, smallestWindowBits);
    const dictionary = window.length === 0 ? {} : { dictionary: window };
    deflation._inflate = builtin('zlib').createInflateRaw({ windowBits, ...dictionary });
    this.#parts.windows.goOn(ws, window);
  }

  #refuse(reason: string): void {
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
    this.socket.destroy();
  }
}

/** zlib has no smaller one for raw deflate. */
const smallestWindowBits = 9;

/** They are started once its user is known. */
function withoutUniversal(task: () => void): void {
  const server = meteorServer()!;
  const handlers = server.universal_publish_handlers;
  server.universal_publish_handlers = [];
  try {
    task();
  } finally {
    server.universal_publish_handlers = handlers;
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

/** What a publication's promise rejects with Meteor has heard itself. */
const forget = (result: unknown): void => {
  if (result instanceof Promise) result.catch(() => {});
};

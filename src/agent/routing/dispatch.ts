import type { IncomingMessage, ServerResponse } from 'node:http';
import type net from 'node:net';

import type { ReleasePinning } from '../affinity/release-pinning.ts';
import { connectionOf } from '../connection/connection.ts';
import { suspendIdleTimeout } from '../connection/idle-timeout.ts';
import type { ConnectionHandoff } from '../forwarding/connection-handoff.ts';
import type { Forwarder } from '../forwarding/forwarder.ts';
import { headBytes } from '../http/request-head.ts';
import type { Members } from '../membership/members.ts';
import { livesIn } from '../membership/peers.ts';
import type { RequestMeter } from '../meter/request-meter.ts';
import { resumable } from '../runtime/async-context.ts';
import { isAnsweredNext, isReadUpTo } from '../runtime/internals.ts';
import { settle } from '../runtime/promises.ts';
import { hearOnce } from '../runtime/sockets.ts';
import type { LocalRequests } from './local-requests.ts';

/** What has come in, and by which of the server's events. */
export interface Arrival {
  event: string;
  request: IncomingMessage;
  response: ServerResponse;
  /** How many bytes of the connection had been read before it; negative: a body of unknown end was under way. */
  before: number;
}

/** A request that belongs elsewhere; `bytes` if its connection can move with it, `bound` if only one worker will do. */
export interface Exchange extends Arrival {
  bytes: Buffer | undefined;
  bound: boolean;
  /** It is served here, or has been answered: the idle timeout counts again. */
  restoreTimeout: () => void;
}

export interface DispatchParts {
  forwarder: Forwarder;
  handoff: ConnectionHandoff;
  local: LocalRequests;
  members: Members;
  meter: RequestMeter;
  pinning: ReleasePinning;
}

/** Brings a request to the worker that it belongs to: with its connection if that can move, else over a stream. */
export class Dispatch {
  readonly #parts: DispatchParts;
  readonly #ownConnections: boolean;
  readonly #serveByApp: (arrival: Arrival) => void;
  readonly #askAgain: (exchange: Exchange) => void;

  /** `ownConnections`: no proxy stands in front that carries the requests of many. */
  constructor(
    parts: DispatchParts,
    ownConnections: boolean,
    serveByApp: (arrival: Arrival) => void,
    askAgain: (exchange: Exchange) => void,
  ) {
    this.#askAgain = askAgain;
    this.#parts = parts;
    this.#ownConnections = ownConnections;
    this.#serveByApp = serveByApp;
  }

  /** `moves`: its connection may go along. */
  begin(arrival: Arrival, bound: boolean, moves: boolean): Exchange {
    const bytes = moves ? this.#whole(arrival) : undefined;
    return { ...arrival, bytes, bound, restoreTimeout: suspendIdleTimeout(arrival.request.socket) };
  }

  /** It is served here after all. */
  serve({ restoreTimeout, ...arrival }: Exchange): void {
    const { request, response } = arrival;
    restoreTimeout();
    this.#parts.meter.becomes(response, 'kept');
    // Its client has gone meanwhile: an app that waits to hear of that would wait for ever.
    if (request.socket.destroyed) return;
    if (this.#parts.local.keep(request, response)) this.#serveByApp(arrival);
  }

  /** `askedAgain`: one that was not there any more has been tried. */
  send(exchange: Exchange, worker: number, askedAgain = false): void {
    const { request, response, bytes, bound, restoreTimeout } = exchange;
    const { members, forwarder, handoff, meter, pinning } = this.#parts;
    const owner = members.member(worker);
    if (owner === undefined) {
      this.serve(exchange);
      return;
    }
    // Its session may have gone on to another worker meanwhile.
    const serve = (): void => (bound && !askedAgain ? this.#askAgain(exchange) : this.serve(exchange));
    const forward = (): void => {
      meter.becomes(response, 'forwarded');
      hearOnce(response, 'finish', restoreTimeout);
      forwarder.request(owner, request, response, pinning.closed, serve);
    };
    if (bytes === undefined) {
      forward();
      return;
    }
    meter.becomes(response, 'departed');
    const stay = resumable(request.socket, (forwards: boolean) => (forwards ? forward() : serve()));
    handoff.depart(request.socket, bytes, { worker, bound }, () => {
      // A session that was only to begin there may as well begin here.
      if (bound) settle(livesIn(owner.siblings, request), stay);
      else stay(false);
    });
  }

  /**
   * The bytes of a request, if nothing but them was read from a client's own connection since the request before
   * (up to `before`), and that was answered: then the connection can move with them. A connection from a proxy
   * carries the requests of many clients and stays.
   */
  #whole({ request, response, before }: Arrival): Buffer | undefined {
    const { socket } = request;
    if (!this.#isOwn(socket) || before < 0 || connectionOf(socket).boundary < 0) return undefined;
    if (!this.#parts.handoff.possible(socket) || !isAnsweredNext(socket, response)) return undefined;
    const bytes = headBytes(request);
    // The length alone would not do: a head may have come with a blank less, and something behind it.
    return socket.bytesRead - before === bytes.length && isReadUpTo(socket, bytes) ? bytes : undefined;
  }

  #isOwn(socket: net.Socket): boolean {
    return this.#ownConnections && connectionOf(socket).origin !== 'local';
  }
}

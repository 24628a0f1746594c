import type { IncomingMessage } from 'node:http';
import type net from 'node:net';

import { lacking } from './probe.ts';
import type { FayeWebSocket } from './websocket.ts';

// oxlint-disable no-underscore-dangle -- what SockJS keeps to itself

/** Every use of what SockJS 0.3.24 does not document. */

/** A client's connection to SockJS, as Meteor gets it. */
export interface SockJsConnection {
  _session: {
    /** A raw WebSocket's; that of one with SockJS's framing stands in `recv`. */
    ws?: FayeWebSocket | null;
    recv?: {
      ws?: FayeWebSocket | null;
      connection?: net.Socket;
      request?: IncomingMessage;
      didClose?(): void;
    } | null;
    send_buffer?: string[];
    didTimeout?(): void;
  };
  /** That of its last request. */
  url?: string;
  send(text: string): void;
  emit(event: 'data', text: string): boolean;
}

/** The WebSocket below a connection; undefined where it has another transport. */
export const webSocketOf = ({ _session: { ws, recv } }: SockJsConnection): FayeWebSocket | undefined =>
  ws ?? recv?.ws ?? undefined;

/** What a connection that polls lacks. */
export const lackOfPoll = ({ _session: session }: SockJsConnection): string[] =>
  lacking('SockJS session', session, { send_buffer: 'array', didTimeout: 'function' });

/** The request that waits for messages of a connection that polls; undefined while none does. */
export const pollOf = ({ _session: { recv } }: SockJsConnection): IncomingMessage | undefined =>
  recv?.request;

/** Texts that no poll has fetched yet. */
export const undeliveredOf = ({ _session: session }: SockJsConnection): string[] => [...session.send_buffer!];

/** Ends one that polls at once: `close()` would keep its name for another minute. A poll that waits has its client ask again. */
export function endPolled({ _session: session }: SockJsConnection): void {
  session.recv?.didClose?.();
  session.didTimeout!();
}

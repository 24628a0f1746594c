import type { Addresses } from '../../../protocol/messages.ts';

/** What goes from one worker to another of a session; all of it JSON. */
export interface SessionState {
  /** Of DDP. */
  version: string;
  userId: string | null;
  /** The hash that accounts-base keeps. */
  loginToken: string | null;
  subscriptions: SubscriptionState[];
  /** The documents that the client has: by collection and id the fields as they were sent. */
  documents: Documents;
  /** Of these collections the server keeps the ids alone: what their fields are is not known. */
  known: Record<string, string[]>;
  /** What the app's own `give` said of it, JSON; not there where the app has none. */
  app?: string;
  transport: WebSocketState | PollState;
}

/** What is said of what is given. */
export type State = SessionState | PlainState;

/** A WebSocket of the app's own: what it is, only the app knows. */
export interface PlainState {
  /** JSON. */
  app: string;
  transport: PlainTransport;
}

export interface PlainTransport {
  kind: 'plain';
  /** The request that it began with, base64. */
  head: string;
  /** As it was negotiated. */
  protocol: string;
  extensions: string;
}

export interface SubscriptionState {
  id: string;
  name: string;
  params: unknown[];
}

export type Documents = Record<string, Record<string, Record<string, unknown>>>;

/** What the client is connected by. */
export type TransportState = WebSocketState | PollState | PlainTransport;

export interface WebSocketState {
  kind: 'websocket';
  /** The request that it began with, base64. */
  head: string;
  /** As it was negotiated: both workers must have come to the same. */
  negotiated: Negotiated;
  /** What the client's messages may refer back to, base64. */
  window: string | null;
}

export interface Negotiated {
  protocol: string | null;
  deflate: { ownTakeover: boolean; peerTakeover: boolean; ownBits: number; peerBits: number } | null;
}

export interface PollState {
  kind: 'poll';
  /** As all workers call it. */
  session: string;
  /** A request that opens such a session, base64. */
  head: string;
  addresses: Addresses;
  /** Texts that no poll has fetched yet. */
  undelivered: string[];
}

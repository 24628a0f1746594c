import type http from 'node:http';

import type { AppConnection } from '../../../common/in-app.ts';
import type { DdpSession } from '../../sessions/ddp-sessions.ts';
import type { Documents, SubscriptionState } from '../state/state.ts';
import { lacking } from './probe.ts';
import type { SockJsConnection } from './sockjs.ts';

// oxlint-disable no-underscore-dangle -- what Meteor keeps to itself

/**
 * Every use that hand-overs make of what Meteor does not document (2.8 to 3.5: the packages ddp-server, ejson and accounts-base).
 * All of it is probed by name before it is used.
 */

interface Subscription {
  _subscriptionId: string;
  _name: string;
  _params: unknown[];
  _documents: Map<string, Set<string> | Map<string, unknown>>;
}

export interface MeteorSession extends DdpSession {
  server: MeteorServer;
  version: string;
  userId: string | null;
  socket: SockJsConnection | null;
  connectionHandle: AppConnection;
  collectionViews: Map<string, { documents: Map<string, { getFields(): Record<string, unknown> }> }>;
  _namedSubs: Map<string, Subscription>;
  _universalSubs: Subscription[];
  _startSubscription(handler: unknown, id?: string, params?: unknown[], name?: string): unknown;
}

type MeteorConnection = SockJsConnection & { _meteorSession?: MeteorSession | null };

interface Strategy {
  useDummyDocumentView?: boolean;
  useCollectionView: boolean;
  doAccountingForCollection: boolean;
}

export interface MeteorServer {
  publish_handlers: Record<string, unknown>;
  universal_publish_handlers: unknown[];
  getPublicationStrategy?(collection: string): Strategy;
  /** For rehearsals alone, as `prefix` and `server` of SockJS. */
  onConnectionHook?: object;
  stream_server: {
    registration_callbacks: ((connection: SockJsConnection) => void)[];
    prefix?: string;
    server?: { installHandlers(server: http.Server): void };
  };
}

interface Packages {
  meteor?: { Meteor?: { server?: MeteorServer } };
  ejson?: { EJSON?: { toJSONValue(value: unknown): unknown; fromJSONValue(value: unknown): unknown } };
  'accounts-base'?: {
    Accounts?: {
      _getLoginToken(connection: string): string | undefined;
      _setLoginToken(user: string, connection: unknown, token: string): void;
    };
  };
}

const packages = (): Packages => (globalThis as { Package?: Packages }).Package ?? {};
export const meteorServer = (): MeteorServer => packages().meteor!.Meteor!.server!;
const ejson = (): NonNullable<NonNullable<Packages['ejson']>['EJSON']> => packages().ejson!.EJSON!;
const accounts = (): NonNullable<Packages['accounts-base']>['Accounts'] =>
  packages()['accounts-base']?.Accounts;

/** What this app's server lacks of what hand-overs need; empty where all is as expected. */
export function lackOfServer(): string[] {
  const server = packages().meteor?.Meteor?.server;
  const used = { publish_handlers: 'object', universal_publish_handlers: 'array' } as const;
  return [
    ...lacking('EJSON', packages().ejson?.EJSON, { toJSONValue: 'function', fromJSONValue: 'function' }),
    ...lacking('server', server, { ...used, stream_server: 'object' }),
    ...lacking('stream_server', server?.stream_server, { registration_callbacks: 'array' }),
    ...(accounts() === undefined
      ? []
      : lacking('Accounts', accounts(), { _getLoginToken: 'function', _setLoginToken: 'function' })),
  ];
}

/** The same of one session. */
export const lackOfSession = (session: DdpSession): string[] =>
  lacking('session', session, {
    server: 'object',
    version: 'string',
    socket: 'object',
    connectionHandle: 'object',
    collectionViews: 'map',
    _namedSubs: 'map',
    _universalSubs: 'array',
    _startSubscription: 'function',
  });

/** `hear` gets each connection that SockJS opens, ahead of Meteor. */
export function hearConnections(hear: (connection: SockJsConnection) => void): void {
  meteorServer().stream_server.registration_callbacks.unshift(hear);
}

/** Of one of these nobody knows what the client has (`NO_MERGE_NO_HISTORY`). */
export const forgets = (collections: Iterable<unknown>): boolean =>
  [...collections].some(
    (collection) =>
      meteorServer().getPublicationStrategy?.(collection as string).doAccountingForCollection === false,
  );

/** Whether the server keeps what each document holds. */
const isMerged = (server: MeteorServer, collection: string): boolean => {
  const strategy = server.getPublicationStrategy?.(collection);
  return strategy === undefined || (strategy.useCollectionView && !strategy.useDummyDocumentView);
};

/** What the client has of the collections that are merged, as it was sent. */
export function documentsOf({ server, collectionViews }: MeteorSession): Documents {
  const merged = [...collectionViews].filter(([collection]) => isMerged(server, collection));
  const all = merged.map(([collection, { documents }]) => {
    const fields = [...documents].map(([id, view]) => [id, ejson().toJSONValue(view.getFields())]);
    return [collection, Object.fromEntries(fields)];
  });
  return Object.fromEntries(all) as Documents;
}

/** The ids that it has of the others. */
export function knownIdsOf(session: MeteorSession): Record<string, string[]> {
  const known = new Map<string, Set<string>>();
  for (const { _documents: documents } of [...session._namedSubs.values(), ...session._universalSubs]) {
    for (const [collection, ids] of documents) {
      if (isMerged(session.server, collection)) continue;
      known.set(collection, new Set([...(known.get(collection) ?? []), ...ids.keys()]));
    }
  }
  return Object.fromEntries([...known].map(([collection, ids]) => [collection, [...ids]]));
}

export const subscriptionsOf = ({ _namedSubs: subscriptions }: MeteorSession): SubscriptionState[] =>
  [...subscriptions.values()].map(({ _subscriptionId: id, _name: name, _params: params }) => ({
    id,
    name,
    params: ejson().toJSONValue(params) as unknown[],
  }));

/** The hash of the token that its user has logged in with. */
export const loginTokenOf = ({ connectionHandle }: MeteorSession): string | null =>
  accounts()?._getLoginToken(connectionHandle.id) ?? null;

/** As if its user had logged in here: without the hooks of a login, which have run. */
export function setUser(session: MeteorSession, user: string | null, token: string | null): void {
  session.userId = user;
  if (user !== null && token !== null) accounts()?._setLoginToken(user, session.connectionHandle, token);
}

/** `openSession`, or what stands for it. */
export type OpenSession = (connection: SockJsConnection, version: string) => MeteorSession | undefined;

/** Has Meteor make a session as for a client that says `connect`; its universal publications are not started. */
export function openSession(connection: MeteorConnection, version: string): MeteorSession | undefined {
  const connect = JSON.stringify({ msg: 'connect', version, support: [version] });
  withInstead(meteorServer(), 'universal_publish_handlers', [], () => connection.emit('data', connect));
  return connection._meteorSession ?? undefined;
}

/** Runs `task` while `object` has another value of that name. */
export function withInstead<T extends object, K extends keyof T, R>(
  object: T,
  name: K,
  value: T[K],
  task: () => R,
): R {
  const { [name]: before } = object;
  object[name] = value;
  try {
    return task();
  } finally {
    object[name] = before;
  }
}

/** What starts each of its universal publications. */
export const universalStarts = (session: MeteorSession): (() => void)[] =>
  session.server.universal_publish_handlers.map((handler) => () => {
    forget(session._startSubscription(handler));
  });

/** What starts a subscription; undefined where the app has no such publication. */
export function subscriptionStart(
  session: MeteorSession,
  { id, name, params }: SubscriptionState,
): (() => void) | undefined {
  const { publish_handlers: handlers } = session.server;
  if (!Object.prototype.hasOwnProperty.call(handlers, name)) return undefined;
  const given = ejson().fromJSONValue(params) as unknown[];
  return () => forget(session._startSubscription(handlers[name], id, given, name));
}

/** What a publication's promise rejects with Meteor has heard itself. */
const forget = (result: unknown): void => {
  if (result instanceof Promise) result.catch(() => {});
};

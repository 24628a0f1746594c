import {
  accounts,
  deflationOf,
  ejson,
  lackOfServer,
  lackOfSession,
  lackOfWebSocket,
  meteorServer,
  type FayeWebSocket,
  type MeteorSession,
  type Subscription,
} from './internals.ts';
import type { Documents, SessionState, SubscriptionState, TransportState } from './state.ts';
import { canTravel } from '../runtime/internals.ts';

/** Why a session is told to reconnect instead. */
export type Refusal = string;

/** Why this session cannot go on in another worker; undefined: nothing says so. */
export function refusalOf(session: MeteorSession): Refusal | undefined {
  const [lack] = [...lackOfServer(), ...lackOfSession(session)];
  if (lack !== undefined) return `Meteor lacks ${lack}`;
  return forgets() ? 'a collection without history' : undefined;
}

/** The same of its WebSocket. */
export function refusalOfWebSocket(ws: FayeWebSocket): Refusal | undefined {
  const [lack] = lackOfWebSocket(ws);
  if (lack !== undefined) return `its WebSocket lacks ${lack}`;
  if (!canTravel(ws._stream)) return 'TLS in the worker';
  return deflationOf(ws) === null ? 'an unknown extension' : undefined;
}

/** What a client has of such a collection nobody knows. */
function forgets(): boolean {
  const { _publicationStrategies: own, options } = meteorServer()!;
  const all = [...Object.values(own ?? {}), options?.defaultPublicationStrategy];
  return all.some((strategy) => strategy?.doAccountingForCollection === false);
}

/** All of a session that its client knows. */
export function stateOf(session: MeteorSession, transport: TransportState): SessionState {
  const { version, userId, connectionHandle } = session;
  return {
    version,
    userId: userId ?? null,
    loginToken: accounts()?._getLoginToken(connectionHandle.id) ?? null,
    subscriptions: [...session._namedSubs.values()].map(subscriptionState),
    documents: documentsOf(session),
    known: knownIdsOf(session),
    transport,
  };
}

const subscriptionState = ({
  _subscriptionId: id,
  _name: name,
  _params: params,
}: Subscription): SubscriptionState => ({
  id,
  name,
  params: ejson().toJSONValue(params) as unknown[],
});

/** Whether the server keeps what each document holds. */
const isMerged = (collection: string): boolean => {
  const strategy = meteorServer()!.getPublicationStrategy?.(collection);
  return strategy === undefined || (strategy.useCollectionView && !strategy.useDummyDocumentView);
};

function documentsOf({ collectionViews }: MeteorSession): Documents {
  const merged = [...collectionViews].filter(([collection]) => isMerged(collection));
  const all = merged.map(([collection, { documents }]) => {
    const fields = [...documents].map(([id, view]) => [id, ejson().toJSONValue(view.getFields())]);
    return [collection, Object.fromEntries(fields)];
  });
  return Object.fromEntries(all) as Documents;
}

function knownIdsOf({
  _namedSubs: named,
  _universalSubs: universal,
}: MeteorSession): Record<string, string[]> {
  const known = new Map<string, Set<string>>();
  for (const { _documents: documents } of [...named.values(), ...universal]) {
    for (const [collection, ids] of documents) {
      if (isMerged(collection)) continue;
      known.set(collection, new Set([...(known.get(collection) ?? []), ...ids.keys()]));
    }
  }
  return Object.fromEntries([...known].map(([collection, ids]) => [collection, [...ids]]));
}

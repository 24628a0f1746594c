import type { Refusal } from '../../../protocol/refusals.ts';
import { canTravel } from '../../runtime/internals.ts';
import {
  documentsOf,
  forgets,
  knownIdsOf,
  lackOfServer,
  lackOfSession,
  loginTokenOf,
  subscriptionsOf,
  type MeteorSession,
} from '../internals/meteor.ts';
import {
  hasUnknownExtension,
  lackOfWebSocket,
  streamOf,
  type FayeWebSocket,
} from '../internals/websocket.ts';
import { unexpected } from '../internals/unexpected.ts';
import type { SessionState } from '../state/state.ts';

/** Why this session, whose client was told of these collections, cannot go on in another worker; undefined: nothing says so. */
export function refusalOf(session: MeteorSession, collections: Iterable<unknown>): Refusal | undefined {
  const [lack] = [...lackOfServer(), ...lackOfSession(session)];
  if (lack !== undefined) return unexpected('Meteor is not as expected', lack);
  return forgets(collections) ? 'a collection without history' : undefined;
}

/** The same of its WebSocket. */
export function refusalOfWebSocket(ws: FayeWebSocket): Refusal | undefined {
  const [lack] = lackOfWebSocket(ws);
  if (lack !== undefined) return unexpected('its WebSocket is not as expected', lack);
  if (!canTravel(streamOf(ws))) return 'TLS in the worker';
  return hasUnknownExtension(ws) ? 'an unknown extension' : undefined;
}

/** All of a session that its client knows. */
export const stateOf = (
  session: MeteorSession,
  app: string | undefined,
  transport: SessionState['transport'],
): SessionState => ({
  version: session.version,
  userId: session.userId ?? null,
  loginToken: loginTokenOf(session),
  subscriptions: subscriptionsOf(session),
  documents: documentsOf(session),
  known: knownIdsOf(session),
  ...(app !== undefined && { app }),
  transport,
});

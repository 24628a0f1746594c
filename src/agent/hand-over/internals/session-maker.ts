import { openSession, universalStarts, type MeteorSession } from './meteor.ts';
import type { SockJsConnection } from './sockjs.ts';

/** How sessions come to be on connections that no client has said `connect` on. */
export interface SessionMaker {
  /** Its universal publications are not started. */
  open(connection: SockJsConnection, version: string): MeteorSession | undefined;
  /** What starts each of those. */
  universals(session: MeteorSession): (() => void)[];
}

/** As the app has them. */
export const appsSessions: SessionMaker = { open: openSession, universals: universalStarts };

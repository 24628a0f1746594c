import type { AddressLimits } from './address-limits.ts';
import type { Challenges } from './challenges.ts';
import type { Browsers } from './browsers.ts';
import type { Fleet } from './fleet.ts';
import type { Forwarder } from './forwarding/forwarder.ts';
import type { LongPolls } from './long-polls.ts';
import type { Maintenance } from './maintenance.ts';
import type { Refusals } from './meter/refusals.ts';
import type { RequestMeter } from './meter/request-meter.ts';
import type { Moves } from './moves.ts';
import type { Newcomers } from './newcomers.ts';
import type { NewSessions } from './new-sessions.ts';
import type { Ownership } from './ownership.ts';
import type { Placement } from './placement.ts';
import type { Releases } from './releases.ts';
import type { ReturningClients } from './returning-clients.ts';
import type { Sessions } from './sessions.ts';
import type { StaticFiles } from './static-files.ts';
import type { WebSockets } from './websockets.ts';

/** The parts that a router decides with. */
export interface RouterParts {
  fleet: Fleet;
  sessions: Sessions;
  ownership: Ownership;
  placement: Placement;
  moves: Moves;
  forwarder: Forwarder;
  websockets: WebSockets;
  polls: LongPolls;
  releases: Releases;
  browsers: Browsers;
  returning: ReturningClients;
  newcomers: Newcomers;
  newSessions: NewSessions;
  statics: StaticFiles;
  meter: RequestMeter;
  maintenance: Maintenance;
  challenges: Challenges;
  refusals: Refusals;
  limits: AddressLimits | undefined;
  /** Tells the supervisor that a session which lived here, or was to, does not. */
  renounce: (session: string) => void;
}

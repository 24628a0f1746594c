import type { AddressLimits } from '../limits/address-limits.ts';
import type { Challenges } from '../replies/challenges.ts';
import type { Browsers } from '../sessions/browsers.ts';
import type { Fleet } from '../membership/members.ts';
import type { Forwarder } from '../forwarding/forwarder.ts';
import type { LongPolls } from '../sessions/long-polls.ts';
import type { Maintenance } from '../replies/maintenance.ts';
import type { Refusals } from '../meter/refusals.ts';
import type { RequestMeter } from '../meter/request-meter.ts';
import type { Moves } from '../forwarding/connection-handoff.ts';
import type { Newcomers } from '../affinity/cookie-issuer.ts';
import type { NewSessions } from '../affinity/new-sessions.ts';
import type { Ownership } from '../affinity/affinity.ts';
import type { Placement } from '../membership/placement-client.ts';
import type { Releases } from '../affinity/release-pinning.ts';
import type { ReturningClients } from '../affinity/returning-clients.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { StaticFiles } from '../static/static-files.ts';
import type { WebSockets } from '../sessions/websockets.ts';

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

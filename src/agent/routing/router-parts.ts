import type { AddressLimits } from '../limits/address-limits.ts';
import type { Challenges } from '../replies/challenges.ts';
import type { Browsers } from '../sessions/browsers.ts';
import type { Members } from '../membership/members.ts';
import type { Forwarder } from '../forwarding/forwarder.ts';
import type { LongPolls } from '../sessions/long-polls.ts';
import type { Maintenance } from '../replies/maintenance.ts';
import type { Refusals } from '../meter/refusals.ts';
import type { RequestMeter } from '../meter/request-meter.ts';
import type { ConnectionHandoff } from '../forwarding/connection-handoff.ts';
import type { CookieIssuer } from '../affinity/cookie-issuer.ts';
import type { NewSessions } from '../affinity/new-sessions.ts';
import type { RequestAffinity } from '../affinity/affinity.ts';
import type { PlacementClient } from '../membership/placement-client.ts';
import type { ReleasePinning } from '../affinity/release-pinning.ts';
import type { ReturningClients } from '../affinity/returning-clients.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { StaticFiles } from '../static/static-files.ts';
import type { WebSockets } from '../sessions/websockets.ts';

/** The parts that a router decides with. */
export interface RouterParts {
  members: Members;
  sessions: Sessions;
  requestAffinity: RequestAffinity;
  placementClient: PlacementClient;
  handoff: ConnectionHandoff;
  forwarder: Forwarder;
  websockets: WebSockets;
  polls: LongPolls;
  pinning: ReleasePinning;
  browsers: Browsers;
  returning: ReturningClients;
  cookieIssuer: CookieIssuer;
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

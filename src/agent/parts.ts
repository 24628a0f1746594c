import type { Boot } from '../protocol/boot.ts';
import { addressLimits } from './limits/address-limits.ts';
import { Browsers } from './sessions/browsers.ts';
import type { OpenStream } from './carrier/stream.ts';
import { Challenges } from './replies/challenges.ts';
import { DepartingSessions } from './sessions/departing-sessions.ts';
import { DdpSessions } from './sessions/ddp-sessions.ts';
import { Members } from './membership/members.ts';
import { Forwarder } from './forwarding/forwarder.ts';
import { LongPolls } from './sessions/long-polls.ts';
import { Maintenance } from './replies/maintenance.ts';
import type { Meter } from './meter/meter.ts';
import { ConnectionHandoff } from './forwarding/connection-handoff.ts';
import { vouchesRule } from './connection/forwarded-for.ts';
import { CookieIssuer } from './affinity/cookie-issuer.ts';
import { NewSessions } from './affinity/new-sessions.ts';
import { RequestAffinity } from './affinity/affinity.ts';
import { PlacementClient } from './membership/placement-client.ts';
import { ReleasePinning } from './affinity/release-pinning.ts';
import { ReturningClients } from './affinity/returning-clients.ts';
import type { RouterParts } from './routing/router.ts';
import { Sessions } from './sessions/sessions.ts';
import { tlsModules, type TlsModules } from './listener/tls-modules.ts';
import { StaticFiles } from './static/static-files.ts';
import type { SupervisorLink } from './link/supervisor-link.ts';
import { WebSockets } from './sessions/websockets.ts';

/** What the agent consists of, apart from what stands around it: each part is told which others it needs. */
export type Parts = RouterParts & { ddp: DdpSessions; tls: TlsModules | undefined };

export function assemble(boot: Boot, link: SupervisorLink, meter: Meter, openStream: OpenStream): Parts {
  const { worker, affinity, release, cookie, currentLink } = boot;
  const members = new Members(worker);
  const tls = tlsModules(boot);
  const sessions = new Sessions(worker);
  const browsers = new Browsers();
  const renounce = (session: string): void => {
    sessions.forget(session);
    browsers.ended(session);
    link.send({ type: 'forget', session });
  };
  const requestAffinity = new RequestAffinity(affinity, { name: cookie.name, release }, members, sessions);
  const ddp = new DdpSessions(meter.ddp);
  const pinning = new ReleasePinning(
    { release, currentLink, cookieName: cookie.name, meteorAt: boot.meteor ? cookie.path : null },
    members,
  );
  const cookieIssuer = new CookieIssuer(
    cookie,
    release,
    boot.token,
    members,
    requestAffinity,
    browsers,
    vouchesRule(boot),
  );
  return {
    members,
    sessions,
    requestAffinity,
    placementClient: new PlacementClient(link, members, sessions),
    handoff: new ConnectionHandoff(worker, link),
    forwarder: new Forwarder(worker),
    websockets: new WebSockets((open) => link.send({ type: 'websockets', open })),
    polls: new LongPolls(renounce),
    departing: new DepartingSessions((session, now) => {
      sessions.forget(session);
      sessions.placed(session, now);
      browsers.ended(session);
    }),
    pinning,
    browsers,
    returning: new ReturningClients(ddp),
    newSessions: new NewSessions({ sessions, browsers, pinning, link }),
    cookieIssuer,
    challenges: new Challenges(tls?.tls),
    tls,
    statics: new StaticFiles({
      indexFiles: boot.staticIndexes,
      openStream,
      document: (request, response) => affinity !== 'none' && cookieIssuer.issue(request, response),
    }),
    meter: meter.requests,
    maintenance: new Maintenance(boot.healthPath, affinity !== 'none'),
    refusals: meter.refusals,
    limits: addressLimits(boot, meter),
    ddp,
    renounce,
  };
}

import type { Boot } from '../protocol/boot.ts';
import { addressLimits } from './address-limits.ts';
import { Browsers } from './browsers.ts';
import type { OpenStream } from './carrier/stream.ts';
import { Challenges } from './challenges.ts';
import { DdpSessions } from './ddp-sessions.ts';
import type { DrainParts } from './drain.ts';
import { Fleet } from './fleet.ts';
import { Forwarder } from './forwarding/forwarder.ts';
import { LongPolls } from './long-polls.ts';
import { Maintenance } from './maintenance.ts';
import type { Meter } from './meter/meter.ts';
import { Moves } from './moves.ts';
import { vouchesRule } from './forwarded-for.ts';
import { Newcomers } from './newcomers.ts';
import { NewSessions } from './new-sessions.ts';
import { Ownership } from './ownership.ts';
import { Placement } from './placement.ts';
import { Releases } from './releases.ts';
import { ReturningClients } from './returning-clients.ts';
import type { Router } from './router.ts';
import type { RouterParts } from './router-parts.ts';
import { Sessions } from './sessions.ts';
import { StaticFiles } from './static-files.ts';
import type { SupervisorLink } from './supervisor-link.ts';
import { WebSockets } from './websockets.ts';

/** What the agent consists of, apart from what stands around it: each part is told which others it needs. */
export type Parts = DrainParts & RouterParts;

export function assemble(
  boot: Boot,
  link: SupervisorLink,
  meter: Meter,
  router: () => Router,
  openStream: OpenStream,
): Parts {
  const { worker, affinity, release, cookie, currentLink } = boot;
  const fleet = new Fleet(worker);
  const sessions = new Sessions(worker);
  const browsers = new Browsers();
  const renounce = (session: string): void => {
    sessions.forget(session);
    browsers.ended(session);
    link.send({ type: 'forget', session });
  };
  const ownership = new Ownership(affinity, { name: cookie.name, release }, fleet, sessions);
  const ddp = new DdpSessions(meter.ddp);
  const releases = new Releases(
    { release, currentLink, cookieName: cookie.name, meteorAt: boot.meteor ? cookie.path : null },
    fleet,
  );
  return {
    fleet,
    sessions,
    ownership,
    placement: new Placement(link, fleet, sessions),
    moves: new Moves(worker, link),
    forwarder: new Forwarder(worker),
    websockets: new WebSockets((open) => link.send({ type: 'websockets', open })),
    polls: new LongPolls(renounce),
    releases,
    browsers,
    returning: new ReturningClients(ddp),
    newSessions: new NewSessions({ sessions, browsers, releases, link }),
    newcomers: new Newcomers(cookie, release, fleet, ownership, browsers, vouchesRule(boot)),
    challenges: new Challenges(),
    statics: new StaticFiles({
      indexFiles: boot.staticIndexes,
      openStream,
      document: (request, response) => router().greet(request, response),
    }),
    meter: meter.requests,
    maintenance: new Maintenance(boot.healthPath, affinity !== 'none'),
    refusals: meter.refusals,
    limits: addressLimits(boot, meter),
    ddp,
    renounce,
  };
}

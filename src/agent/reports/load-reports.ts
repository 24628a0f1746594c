import type { AppServer } from '../listener/app-server.ts';
import type { DdpSessions } from '../sessions/ddp-sessions.ts';
import type { Drain } from '../drain/drain.ts';
import { connectionCount } from '../runtime/internals.ts';
import { memoryUsage } from '../meter/runtime-meter.ts';
import type { Meter } from '../meter/meter.ts';
import type { LongPolls } from '../sessions/long-polls.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { SupervisorLink } from '../link/supervisor-link.ts';
import { clearInterval, setInterval } from '../runtime/timers.ts';
import { eventLoopUtilization } from '../runtime/originals.ts';

const everyMs = 1_000;
/** While it drains: goodbyes are handed out by these reports. */
const drainEveryMs = 250;

export interface ReportedParts {
  link: SupervisorLink;
  meter: Meter;
  ddp: DdpSessions;
  sessions: Sessions;
  polls: LongPolls;
  /** A session is over. */
  renounce: (session: string) => void;
}

/** Tells the supervisor each second how busy this worker is. */
export class LoadReports {
  readonly #parts: ReportedParts;
  #utilization = eventLoopUtilization();
  #hurry: NodeJS.Timeout | undefined;
  app: AppServer | undefined;
  #draining: Drain | undefined;

  constructor(parts: ReportedParts) {
    this.#parts = parts;
  }

  begin(): void {
    setInterval(() => this.tell(), everyMs).unref();
  }

  /** The worker drains, or (undefined) goes on. */
  drains(drain: Drain | undefined): void {
    this.#draining = drain;
    clearInterval(this.#hurry);
    if (drain === undefined) return;
    this.tell();
    this.#hurry = setInterval(() => this.tell(), drainEveryMs).unref();
  }

  tell(): void {
    const { link, meter, ddp, sessions, polls, renounce } = this.#parts;
    ddp.look();
    const now = eventLoopUtilization();
    const { utilization } = eventLoopUtilization(now, this.#utilization);
    this.#utilization = now;
    const { requests, active, failures } = meter.requests;
    meter.runtime.reported(utilization);
    link.send({
      type: 'load',
      eventLoopUtilization: utilization,
      // Not memoryUsage.rss(): Node 14.17 lacks it.
      rssBytes: memoryUsage().rss,
      connections: this.app ? connectionCount(this.app.server) : 0,
      requests,
      active,
      failures,
      goodbyes: this.#draining?.goodbyes ?? 0,
    });
    for (const session of sessions.expire((each) => polls.isPolled(each))) renounce(session);
  }
}

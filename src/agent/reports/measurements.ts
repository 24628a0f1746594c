import type { Family } from '../../protocol/metrics.ts';
import { readAppMetrics } from '../meter/app-registries.ts';
import type { DdpSessions } from '../sessions/ddp-sessions.ts';
import { byLabel, single } from '../meter/family.ts';
import type { Meter } from '../meter/meter.ts';
import type { HandOvers } from '../hand-over/hand-overs.ts';
import type { ConnectionHandoff } from '../forwarding/connection-handoff.ts';
import { faults } from '../runtime/faults.ts';
import type { SupervisorLink } from '../link/supervisor-link.ts';
import type { WebSockets } from '../sessions/websockets.ts';
import { setInterval } from '../runtime/timers.ts';

/** So much of what a worker has counted is lost with it at most. */
const everyMs = 5_000;

export interface MeasuredParts {
  link: SupervisorLink;
  meter: Meter;
  websockets: WebSockets;
  handoff: ConnectionHandoff;
  ddp: DdpSessions;
  handOvers: HandOvers;
  /** Registries that the app has told of. */
  registries: Iterable<unknown>;
}

/** Tells the supervisor what was counted: when it asks, and now and then, because a process may die at any time. */
export class Measurements {
  readonly #parts: MeasuredParts;
  #registryErrors = 0;
  #dropped = 0;

  constructor(parts: MeasuredParts) {
    this.#parts = parts;
    setInterval(() => this.tell(), everyMs).unref();
  }

  /** Unasked: only what the agent itself counts. */
  tell(): void {
    this.#parts.link.send({ type: 'measured', id: null, families: this.#families(), app: [] });
  }

  /** With the app's own metrics. */
  async answer(id: number): Promise<void> {
    this.#parts.meter.runtime.readHeapLimit();
    const { families: app, errors, dropped } = await readAppMetrics(this.#parts.registries);
    this.#registryErrors += errors;
    this.#dropped = dropped;
    this.#parts.link.send({ type: 'measured', id, families: this.#families(), app });
  }

  #families(): Family[] {
    const { meter, websockets, handoff, handOvers, ddp } = this.#parts;
    const { opened, open } = websockets;
    const { sent, returned, taken, refused } = handoff.counts;
    return [
      ...meter.requests.families(),
      ...meter.refusals.families(),
      ...meter.traffic.families(),
      single('radiant_websockets', open),
      single('radiant_websockets_opened_total', opened),
      single('radiant_websockets_closed_total', opened - open),
      single('radiant_moves_sent_total', sent),
      single('radiant_moves_returned_total', returned),
      single('radiant_moves_taken_total', taken),
      single('radiant_moves_refused_total', refused),
      single('radiant_sessions_handed_over_total', handOvers.given),
      single('radiant_sessions_taken_over_total', handOvers.taken),
      byLabel('radiant_sessions_not_handed_over_total', handOvers.refused),
      ...meter.ddp.families(ddp.size),
      ...meter.runtime.families(),
      single('radiant_app_registry_errors_total', this.#registryErrors),
      byLabel('radiant_agent_faults_total', faults.counts),
      single('radiant_app_series_dropped', this.#dropped),
    ];
  }
}

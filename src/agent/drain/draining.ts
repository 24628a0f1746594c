import type { ReleasePinning } from '../affinity/release-pinning.ts';
import type { SupervisorLink } from '../link/supervisor-link.ts';
import type { AgentMessage } from '../../protocol/messages.ts';
import { Departures } from './departures.ts';
import { Drain, type DrainedApp, type DrainParts } from './drain.ts';

export interface DrainingParts extends DrainParts {
  link: Pick<SupervisorLink, 'send'>;
  measurements: { tell(): void };
  pinning: Pick<ReleasePinning, 'closed'>;
  /** They are made more often while it drains. */
  reports: { drains(drain: Drain | undefined): void };
}

/** Whether this worker drains, as the supervisor says: it may take it back, and it may ask again. */
export class Draining {
  readonly #parts: DrainingParts;
  current: Drain | undefined;
  /** Nothing is left: what was said of that. */
  #drained: AgentMessage | undefined;

  constructor(parts: DrainingParts) {
    this.#parts = parts;
  }

  /** It may be empty already, and the supervisor that it said so to have died. */
  begin(app: DrainedApp | undefined): void {
    if (this.#drained !== undefined) this.#parts.link.send(this.#drained);
    else if (!this.#parts.pinning.closed) this.#drain(app);
  }

  #drain(app: DrainedApp | undefined): void {
    const { pinning, reports, measurements, link } = this.#parts;
    pinning.closed = true;
    const drained = (cut: number, { handedOver, reconnected }: Departures): void => {
      this.#drained = { type: 'drained', cut, handedOver, reconnected };
      measurements.tell();
      link.send(this.#drained);
    };
    if (app === undefined) drained(0, new Departures());
    else {
      this.current = new Drain(app, this.#parts, drained);
      reports.drains(this.current);
    }
  }

  goodbye(count: number): void {
    this.current?.goodbye(count);
  }

  /** Ends it now. What was on its way here may have held up the drain itself. */
  finish(app: DrainedApp | undefined): void {
    if (this.#drained === undefined) this.begin(app);
    this.current?.finish();
  }

  /** Clients may come again. */
  cancel(): void {
    const { departing, pinning, reports } = this.#parts;
    pinning.closed = false;
    departing.closed = false;
    this.#drained = undefined;
    this.current?.cancel();
    this.current = undefined;
    reports.drains(undefined);
  }
}

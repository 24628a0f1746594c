import type { FleetEvent } from '../supervisor/types.ts';
import type { Moment, MomentKind } from './wire.ts';

const hourMs = 3_600_000;
const kept = 500;

/** What happens to the fleet, as marks on a time axis. One word for what belongs together: a restart is one mark. */
export class Moments {
  readonly #changed: (moment: Moment) => void;
  #list: Moment[] = [];
  #lastId = 0;

  constructor(changed: (moment: Moment) => void) {
    this.#changed = changed;
  }

  /** Of the last hour, the oldest first. */
  list(now = Date.now()): Moment[] {
    this.#list = this.#list.filter(({ at }) => at > now - hourMs).slice(-kept);
    return this.#list;
  }

  add(at: number, kind: MomentKind, text: string): Moment {
    this.#lastId += 1;
    const moment = { id: this.#lastId, at, kind, text };
    this.#list.push(moment);
    if (this.#list.length > 2 * kept) this.#list.splice(0, kept);
    this.#changed(moment);
    return moment;
  }

  heard(event: FleetEvent): void {
    switch (event.type) {
      case 'rollout':
        this.#rollout(event);
        break;
      case 'exit':
        if (!event.expected) this.add(event.time, 'crash', `Worker ${event.slot} ended: ${event.reason}`);
        break;
      case 'retry':
        if (event.failing)
          this.add(event.time, 'warning', `Worker ${event.slot} keeps ending soon after its start`);
        break;
      case 'state':
        if (event.state === 'failing') this.add(event.time, 'warning', 'No worker becomes ready');
        if (event.state === 'stopping') this.add(event.time, 'warning', 'The app is being stopped');
        break;
      default:
    }
  }

  #rollout({ time, release, step, reason = '' }: FleetEvent & { type: 'rollout' }): void {
    const why = reason.split('\n')[0];
    if (step === 'first') this.add(time, 'deploy', `Deploy of release ${release} began`);
    if (step === 'switched') this.add(time, 'deploy', `Release ${release} took over`);
    if (step === 'failed') this.add(time, 'warning', why || `Release ${release} did not take over`);
    if (step === 'back') this.add(time, 'recovery', `Went back from release ${release}: ${why}`);
  }
}

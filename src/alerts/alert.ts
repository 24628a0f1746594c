import type { FleetEvent } from '../running/events.ts';
import { bytes } from '../common/units.ts';

/** What somebody must hear of, as far as it concerns this app alone. */
export interface Alert {
  /** Kinds are held back separately. */
  type: 'crash-loop' | 'rollback' | 'hang' | 'memory' | 'limit' | 'certificate';
  text: string;
  slot?: number;
  pid?: number;
  release?: number;
  /** `function (file:line:column)`, innermost first. */
  stack?: string[];
}

/** Tells which of the things that happen are alerts; one for each app, fed with all events. */
export class Judge {
  /** Why the last worker of each slot ended. */
  readonly #reasons = new Map<number, string>();

  hear(event: FleetEvent): Alert | undefined {
    switch (event.type) {
      case 'exit':
        this.#reasons.set(event.slot, event.reason);
        return undefined;
      case 'retry':
        return event.failing ? this.#crashLoop(event.slot) : undefined;
      case 'rollout':
        if (event.step !== 'back') return undefined;
        return {
          type: 'rollback',
          text: `release ${event.release} was left again: ${event.reason ?? 'it did worse than the one before'}`,
          release: event.release,
        };
      case 'hang': {
        const { slot, pid, stack, silentMs, where } = event;
        const place = where === undefined ? '' : ` in ${where}`;
        const text = `the event loop of worker ${slot} hung for ${Math.round(silentMs / 1000)} s${place}; it was killed`;
        return { type: 'hang', text, slot, pid, stack };
      }
      case 'memory': {
        const { slot, pid, rssBytes, limitBytes } = event;
        const text = `worker ${slot} uses ${bytes(rssBytes)} of memory, ${bytes(limitBytes)} are allowed; it is being replaced`;
        return { type: 'memory', text, slot, pid };
      }
      case 'certificate': {
        if (event.step !== 'failed' && event.step !== 'expiring') return undefined;
        const { names, expires } = event;
        if (event.step === 'expiring') {
          const text = `the certificate for ${names.join(', ')} expires ${expires}, and nothing has replaced it`;
          return { type: 'certificate', text };
        }
        const { reason, next } = event;
        const left = expires === undefined ? 'HTTPS is refused' : `the one in use expires ${expires}`;
        const text = `there is no new certificate for ${names.join(', ')}: ${reason}; ${left}; next try ${next}`;
        return { type: 'certificate', text };
      }
      case 'limit':
        return { type: 'limit', text: `it would need more workers than it may have: ${event.text}` };
      default:
        return undefined;
    }
  }

  #crashLoop(slot: number): Alert {
    const reason = this.#reasons.get(slot) ?? 'could not be started';
    return {
      type: 'crash-loop',
      text: `worker ${slot} keeps ending soon after its start: it ${reason}`,
      slot,
    };
  }
}

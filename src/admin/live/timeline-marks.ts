import { epochMs } from '../../common/dates.ts';
import { eventText } from '../../history/text.ts';
import type { FleetEvent } from '../../running/events.ts';
import type { TimelineMark, TimelineMarkKind } from './wire.ts';

const hourMs = 3_600_000;
const kept = 500;

const asked: Readonly<Record<string, TimelineMarkKind>> = {
  deploy: 'deploy',
  rollback: 'deploy',
  restart: 'restart',
  replace: 'restart',
  drain: 'restart', // as it was called before
};

/** What kind of mark an event is on the time axis; undefined for what happens all the time, or follows from a mark. */
function kindOf(event: FleetEvent): TimelineMarkKind | undefined {
  switch (event.type) {
    case 'asked':
      return asked[event.operation];
    case 'rollout':
      return { switched: 'deploy' as const, failed: 'warning' as const, back: 'recovery' as const }[
        event.step as string
      ];
    case 'exit':
      return event.expected ? undefined : 'crash';
    case 'hang':
      return 'hang';
    case 'scaled':
      return 'scale';
    case 'certificate':
      return event.step === 'failed' || event.step === 'expiring' ? 'warning' : undefined;
    case 'fault':
    case 'limit':
    case 'maintenance':
      return 'warning';
    case 'memory':
    case 'snapshot':
      return 'memory';
    case 'retry':
      return event.failing ? 'warning' : undefined;
    case 'state':
      return event.state === 'failing' || event.state === 'stopping' ? 'warning' : undefined;
    case 'supervisor':
      return 'supervisor';
    default:
      return undefined;
  }
}

/** An event as the page tells it. */
export function markOf(event: FleetEvent): Omit<TimelineMark, 'id'> | undefined {
  const kind = kindOf(event);
  if (kind === undefined) return undefined;
  const text = event.type === 'asked' ? event.text : eventText(event).split('\n')[0]!;
  return { at: event.time, kind, text: text.charAt(0).toUpperCase() + text.slice(1) };
}

/** The marks of the last hour. */
export class TimelineMarks {
  #list: TimelineMark[] = [];
  #lastId = 0;

  /** The mark that the event is, if it is one. */
  add(event: FleetEvent): TimelineMark | undefined {
    const made = markOf(event);
    if (made === undefined) return undefined;
    this.#lastId += 1;
    const moment = { id: this.#lastId, ...made };
    this.#list.push(moment);
    if (this.#list.length > 2 * kept) this.#list = this.#list.slice(-kept);
    return moment;
  }

  /** The oldest first. */
  list(now = epochMs()): TimelineMark[] {
    return this.#list.filter(({ at }) => at > now - hourMs).slice(-kept);
  }
}

import type { FleetEvent } from '../running/events.ts';

/** The class that the end of a process belongs to: few, so that they can be a label. */
export type ExitReason = 'asked' | 'crashed' | 'killed' | 'hang' | 'timeout' | 'unwatched';

export function exitReason({ expected, reason }: { expected: boolean; reason: string }): ExitReason {
  if (expected) return 'asked';
  if (reason === 'ended by SIGKILL') return 'killed';
  if (reason.startsWith('was killed: its event loop hung')) return 'hang';
  if (/ within [\d.]+ s$/.test(reason)) return 'timeout';
  return reason === 'ended while no supervisor watched it' ? 'unwatched' : 'crashed';
}

type Labels = readonly (string | number)[];

/** Counts by the values of labels. */
export class Tally {
  readonly #counts = new Map<string, number>();

  /** `expected`: what is shown as 0 before it has happened. */
  constructor(...expected: Labels[]) {
    for (const labels of expected) this.#counts.set(JSON.stringify(labels), 0);
  }

  add(...labels: Labels): void {
    const key = JSON.stringify(labels);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  *[Symbol.iterator](): Generator<readonly [Labels, number]> {
    for (const [key, count] of this.#counts) yield [JSON.parse(key) as Labels, count];
  }
}

/** Counts what happens to the fleet. */
export class FleetCounters {
  /** By cause. */
  readonly starts = new Tally();
  /** By slot and reason. */
  readonly exits = new Tally();
  /** By slot. */
  readonly drains = new Tally();
  /** By outcome. */
  readonly deploys = new Tally(['done'], ['failed'], ['back']);

  /** By direction. */
  readonly scalings = new Tally(['up'], ['down']);
  readonly limits = new Tally([]);

  happened(event: FleetEvent): void {
    switch (event.type) {
      case 'starting':
        // "deploy 4": which release it was is said elsewhere.
        this.starts.add(event.cause.split(' ')[0]!);
        break;
      case 'exit':
        this.exits.add(event.slot, exitReason(event));
        break;
      case 'draining':
        this.drains.add(event.slot);
        break;
      case 'scaled':
        this.scalings.add(event.to > event.from ? 'up' : 'down');
        break;
      case 'limit':
        this.limits.add();
        break;
      case 'rollout':
        if (event.step === 'done' || event.step === 'failed' || event.step === 'back')
          this.deploys.add(event.step);
        break;
      default:
    }
  }
}

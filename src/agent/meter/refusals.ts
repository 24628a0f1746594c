import type { Family } from '../../protocol/metrics.ts';
import { byLabel } from './family.ts';

/** Why the agent itself turned somebody away. */
const reasons = ['late', 'body', 'connections', 'requests', 'maintenance', 'cancelled', 'untaken'] as const;
export type RefusalReason = (typeof reasons)[number];

/** Counts what the agent refused at the edge. */
export class Refusals {
  readonly #counts: Record<RefusalReason, number> = {
    late: 0,
    body: 0,
    connections: 0,
    requests: 0,
    maintenance: 0,
    cancelled: 0,
    untaken: 0,
  };

  count(reason: RefusalReason): void {
    this.#counts[reason] += 1;
  }

  families(): Family[] {
    return [
      byLabel(
        'radiant_refused_total',
        reasons.map((reason) => [reason, this.#counts[reason]] as const),
      ),
    ];
  }
}

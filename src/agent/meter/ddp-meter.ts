import { workerMetrics, type Family, type Series } from '../../protocol/metrics.ts';
import type { DdpObserver, DdpWork } from '../sessions/ddp-sessions.ts';
import { Distribution, byLabel, family, single } from './family.ts';
import { NamesMeter } from './names-meter.ts';
import { monotonicNow } from '../runtime/originals.ts';

const { buckets } = workerMetrics.radiant_ddp_method_duration_seconds;

interface MeteorServer {
  method_handlers?: object;
  publish_handlers?: object;
}

/** The app's Meteor server has such a method or publication; true as well where that cannot be told. */
const isNamed =
  (handlers: 'method_handlers' | 'publish_handlers') =>
  (name: string): boolean => {
    const { Package } = globalThis as { Package?: { meteor?: { Meteor?: { server?: MeteorServer } } } };
    const table = Package?.meteor?.Meteor?.server?.[handlers];
    return table === undefined || Object.prototype.hasOwnProperty.call(table, name);
  };

const unlabelled = ({ values }: Distribution): Series => ({ labels: [], values });

/** Counts the work of DDP sessions: methods until their results, subscriptions until they are ready. */
export class DdpMeter implements DdpObserver {
  #opened = 0;
  readonly #methods = new NamesMeter(isNamed('method_handlers'));
  readonly #methodDurations = new Distribution(buckets!);
  readonly #publications = new NamesMeter(isNamed('publish_handlers'));
  readonly #subscriptionDurations = new Distribution(buckets!);

  opened(): void {
    this.#opened += 1;
  }

  began(kind: DdpWork['kind'], name: unknown): DdpWork {
    return { kind, name, since: monotonicNow() };
  }

  done({ kind, name, since }: DdpWork, failed: boolean): void {
    const seconds = (monotonicNow() - since) / 1000;
    const [names, durations] =
      kind === 'method'
        ? [this.#methods, this.#methodDurations]
        : [this.#publications, this.#subscriptionDurations];
    const tally = names.of(name);
    tally.count += 1;
    tally.seconds += seconds;
    if (failed) tally.errors += 1;
    durations.add(seconds);
  }

  families(sessions: number): Family[] {
    return [
      single('radiant_ddp_sessions', sessions),
      single('radiant_ddp_sessions_opened_total', this.#opened),
      byLabel('radiant_ddp_methods_total', this.#methods.values('count')),
      byLabel('radiant_ddp_method_errors_total', this.#methods.values('errors')),
      byLabel('radiant_ddp_method_seconds_total', this.#methods.values('seconds')),
      family('radiant_ddp_method_duration_seconds', [unlabelled(this.#methodDurations)]),
      byLabel('radiant_ddp_subscriptions_total', this.#publications.values('count')),
      byLabel('radiant_ddp_subscription_errors_total', this.#publications.values('errors')),
      byLabel('radiant_ddp_subscription_seconds_total', this.#publications.values('seconds')),
      family('radiant_ddp_subscription_duration_seconds', [unlabelled(this.#subscriptionDurations)]),
    ];
  }
}

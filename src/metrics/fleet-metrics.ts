import { fleetMetrics, workerMetrics, type FleetMetricName, type Metric } from '../protocol/metrics.ts';
import type { Fleet } from '../running/operations.ts';
import { exposeApp } from './app-ledger.ts';
import { contentType, expositionOf, samplesOf, type Exposed, type Sample } from './exposition.ts';
import { FleetCounters } from './fleet-counters.ts';
import { fleetValues, type FleetSeries } from './fleet-values.ts';
import type { SlotReport, WorkerReports } from './worker-reports.ts';

type MeasuredFleet = Pick<Fleet, 'status' | 'subscribe'>;

/** All metrics of an app: of its workers, of the supervisor, and the app's own. */
export class FleetMetrics {
  /** Of `text()`. */
  readonly contentType: string = contentType;
  readonly #fleet: MeasuredFleet;
  readonly #reports: WorkerReports;
  readonly #version: string;
  readonly #counters = new FleetCounters();
  #scrape: Promise<string> | undefined;

  /** Counts from now on, so it should be made before the first worker starts. `version` is Radiant's. */
  constructor(fleet: MeasuredFleet, reports: WorkerReports, version: string) {
    this.#fleet = fleet;
    this.#reports = reports;
    this.#version = version;
    fleet.subscribe((event) => this.#counters.happened(event));
  }

  /** The text of a scrape, in the text format of Prometheus. Who asks meanwhile gets the same one. */
  text(): Promise<string> {
    this.#scrape ??= this.#take().finally(() => (this.#scrape = undefined));
    return this.#scrape;
  }

  async #take(): Promise<string> {
    await this.#reports.ask();
    const slots = this.#reports.slots();
    const values = fleetValues({
      status: this.#fleet.status(),
      counters: this.#counters,
      reports: this.#reports,
      version: this.#version,
    });
    return expositionOf([...exposeFleet(values), ...exposeWorkers(slots), ...exposeApp(slots)]);
  }
}

function exposeFleet(values: Record<FleetMetricName, FleetSeries>): Exposed[] {
  return Object.entries<Metric>(fleetMetrics).map(([name, { help, kind, labels }]) => {
    const samples = Array.from(values[name as FleetMetricName], ([of, value]): Sample => {
      return { name, labels: of.map((each, i) => [labels[i]!, String(each)] as const), value };
    });
    return { name, help, kind, samples };
  });
}

function exposeWorkers(slots: readonly SlotReport[]): Exposed[] {
  return Object.entries<Metric>(workerMetrics).map(([name, metric]) => {
    const { help, kind } = metric;
    const samples = slots.flatMap(({ slot, families }) => {
      const series = families.find((family) => family.name === name)?.series ?? [];
      return series.flatMap(({ labels, values }) => {
        const named = labels.map((each, i) => [metric.labels[i]!, each] as const);
        return samplesOf(name, metric, [['slot', String(slot)], ...named], values);
      });
    });
    return { name, help, kind, samples };
  });
}

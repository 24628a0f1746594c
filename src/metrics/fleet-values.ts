import { performance } from 'node:perf_hooks';
import { parseDate } from '../common/dates.ts';
import type { FleetMetricName } from '../protocol/metrics.ts';
import type { Status } from '../running/status.ts';
import type { WorkerState } from '../running/worker-state.ts';
import { Tally, type FleetCounters } from './fleet-counters.ts';
import type { WorkerReports } from './worker-reports.ts';

/** The series of one metric: the values of its labels, and its value. */
export type FleetSeries = Iterable<readonly [readonly (string | number)[], number]>;

const states = {
  starting: 0,
  ready: 0,
  closed: 0,
  spare: 0,
  draining: 0,
  standby: 0,
  stopping: 0,
  waiting: 0,
  failing: 0,
} satisfies Record<WorkerState, number>;

export interface FleetSources {
  status: Status;
  counters: FleetCounters;
  reports: WorkerReports;
  /** Radiant's. */
  version: string;
}

/** What the supervisor says of the fleet and of itself. */
export function fleetValues({
  status,
  counters,
  reports,
  version,
}: FleetSources): Record<FleetMetricName, FleetSeries> {
  const { name, release, scaling, workers } = status;
  const byState = { ...states };
  for (const { state } of workers) byState[state] += 1;
  const node = workers.find((worker) => worker.release === release)?.nodeVersion ?? '';
  // An old and a new worker may be in one slot.
  const living = workers.filter(({ pid }) => pid !== null);
  const holders = new Tally(...living.map((worker) => [worker.slot, worker.release, worker.nodeVersion]));
  return {
    radiant_info: [[[name, version], 1]],
    radiant_release_info: [[[release, node], 1]],
    radiant_worker_info: Array.from(holders, ([labels]) => [labels, 1]),
    radiant_workers: Object.entries(byState).map(([state, count]) => [[state], count]),
    radiant_workers_wanted: [[[], scaling.wanted]],
    radiant_scalings_total: counters.scalings,
    radiant_scaling_limits_total: counters.limits,
    radiant_worker_snapshot_age_seconds: [...reports.ages()].map(([slot, seconds]) => [[slot], seconds]),
    radiant_worker_starts_total: counters.starts,
    radiant_worker_exits_total: counters.exits,
    radiant_worker_drains_total: counters.drains,
    radiant_deploys_total: counters.deploys,
    radiant_release_http_requests_total: [...reports.requestsByRelease()].flatMap(([of, counts]) =>
      [...counts].map(([kind, count]): [(string | number)[], number] => [[of, kind], count]),
    ),
    radiant_certificate_expiry_timestamp_seconds: expiries(status.certificates),
    ...supervisorValues(),
  };
}

function expiries(certificates: Status['certificates'] = []): FleetSeries {
  const earliest = new Map<string, number>();
  for (const { names, expires } of certificates) {
    if (expires === null) continue;
    const [name = ''] = names;
    earliest.set(name, Math.min(earliest.get(name) ?? Infinity, parseDate(expires) / 1000));
  }
  return Array.from(earliest, ([name, at]) => [[name], at]);
}

function supervisorValues() {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  const { active, idle } = performance.eventLoopUtilization();
  return {
    radiant_supervisor_cpu_seconds_total: [
      [['user'], user / 1e6],
      [['system'], system / 1e6],
    ],
    radiant_supervisor_resident_memory_bytes: [[[], rss]],
    radiant_supervisor_heap_used_bytes: [[[], heapUsed]],
    radiant_supervisor_event_loop_active_seconds_total: [[[], active / 1e3]],
    radiant_supervisor_event_loop_idle_seconds_total: [[[], idle / 1e3]],
    radiant_supervisor_start_time_seconds: [[[], performance.timeOrigin / 1e3]],
  } satisfies Record<string, FleetSeries>;
}

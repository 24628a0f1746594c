/** One metric: what agent, supervisor and docs/metrics.md must agree on. */
export interface Metric {
  kind: 'counter' | 'gauge' | 'histogram';
  help: string;
  /** Names of its labels, in the order in which series give the values. */
  labels: readonly string[];
  /** Of a histogram: the upper bounds, without the last one, which is infinite. */
  buckets?: readonly number[];
  /** Of a gauge: what the value of a slot is while an old and a new worker are in it; their sum if it is not said. */
  together?: 'max';
}

type Table = Readonly<Record<string, Metric>>;

/** Seconds: from a cached file to a long poll. */
const durations = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60] as const;

const counter = (help: string, labels: readonly string[] = []): Metric => ({ kind: 'counter', help, labels });
const gauge = (help: string): Metric => ({ kind: 'gauge', help, labels: [] });
const most = (help: string): Metric => ({ kind: 'gauge', help, labels: [], together: 'max' });
const histogram = (help: string, labels: readonly string[] = []): Metric => ({
  kind: 'histogram',
  help,
  labels,
  buckets: durations,
});

/** What each worker's agent counts. The supervisor puts the label `slot` before the others. */
export const workerMetrics = {
  radiant_http_requests_total: counter(
    "Clients' requests that were answered, by what was done with them (kept, moved, forwarded, static, refused) and by the class of the status; none: the client left before it was answered.",
    ['kind', 'status'],
  ),
  radiant_http_request_duration_seconds: histogram(
    "Time from a request's head to the end of its answer, long polls included.",
    ['kind'],
  ),
  radiant_http_requests_active: gauge('Requests that are being answered.'),
  radiant_http_sibling_requests_total: counter(
    'Requests that came from another worker or the supervisor; those of clients count as forwarded where they came in.',
  ),
  radiant_refused_total: counter(
    'What was turned away at the edge, by reason: a request that took too long to come (late), a body that was too large (body), maintenance, connections and requests over the limits for one address, HTTP/2 connections that cancelled too many streams (cancelled) and answers that their clients did not take (untaken).',
    ['reason'],
  ),
  radiant_received_bytes_total: counter('Bytes received from clients, WebSockets included.'),
  radiant_sent_bytes_total: counter('Bytes sent to clients, WebSockets included.'),
  radiant_connections: gauge('Open connections of clients, WebSockets included.'),
  radiant_connections_opened_total: counter(
    'Connections that the app got: from the public socket, the own UNIX socket (local), another worker (moved), opened by another worker to forward something (sibling), or by the worker itself for HTTP/2 (stream).',
    ['origin'],
  ),
  radiant_websockets: gauge('Open WebSockets.'),
  radiant_websockets_opened_total: counter('WebSockets opened.'),
  radiant_websockets_closed_total: counter('WebSockets closed.'),
  radiant_moves_sent_total: counter('Connections sent to another worker.'),
  radiant_moves_returned_total: counter(
    'Connections sent to another worker that nobody could take: served here.',
  ),
  radiant_moves_taken_total: counter('Connections taken from another worker.'),
  radiant_moves_refused_total: counter('Connections from another worker that could not be taken.'),
  radiant_sessions_handed_over_total: counter('Live sessions that went on in another worker.'),
  radiant_sessions_taken_over_total: counter('Live sessions that came from another worker.'),
  radiant_sessions_not_handed_over_total: counter(
    'Live sessions that could not go on in another worker: their clients connected again.',
    ['reason'],
  ),
  radiant_ddp_sessions: gauge('DDP sessions, those that wait for their clients to come back included.'),
  radiant_ddp_sessions_opened_total: counter('DDP sessions opened.'),
  radiant_ddp_methods_total: counter('DDP method calls answered.', ['method']),
  radiant_ddp_method_errors_total: counter('DDP method calls answered with an error.', ['method']),
  radiant_ddp_method_seconds_total: counter('Time from DDP method calls to their results.', ['method']),
  radiant_ddp_method_duration_seconds: histogram('Time from a DDP method call to its result, all methods.'),
  radiant_ddp_subscriptions_total: counter('DDP subscriptions that became ready or were refused.', [
    'publication',
  ]),
  radiant_ddp_subscription_errors_total: counter('DDP subscriptions refused with an error.', ['publication']),
  radiant_ddp_subscription_seconds_total: counter('Time from DDP subscriptions until they were ready.', [
    'publication',
  ]),
  radiant_ddp_subscription_duration_seconds: histogram(
    'Time from a DDP subscription until it is ready, all publications.',
  ),
  radiant_event_loop_active_seconds_total: counter('Time that the event loop was busy.'),
  radiant_event_loop_idle_seconds_total: counter('Time that the event loop waited for something to do.'),
  radiant_event_loop_utilization_ratio: most('Share of the last second that the event loop was busy.'),
  radiant_event_loop_delay_p50_seconds: most(
    'Median lateness of the event loop in the last 10 to 20 seconds.',
  ),
  radiant_event_loop_delay_p99_seconds: most(
    '99th percentile of the lateness of the event loop in the last 10 to 20 seconds.',
  ),
  radiant_event_loop_delay_max_seconds: most(
    'Largest lateness of the event loop in the last 10 to 20 seconds.',
  ),
  radiant_heap_used_bytes: gauge('JavaScript heap in use.'),
  radiant_heap_size_bytes: gauge('JavaScript heap allocated.'),
  radiant_heap_limit_bytes: gauge('Size at which the JavaScript heap is full.'),
  radiant_external_memory_bytes: gauge('Memory of buffers and of what else belongs to JavaScript objects.'),
  radiant_resident_memory_bytes: gauge('Resident memory of the process.'),
  radiant_gc_runs_total: counter('Garbage collections.', ['type']),
  radiant_gc_seconds_total: counter('Time spent in garbage collections.', ['type']),
  radiant_cpu_seconds_total: counter('CPU time of the process.', ['mode']),
  radiant_worker_start_time_seconds: most('When the process started, in seconds since the epoch.'),
  radiant_app_registry_errors_total: counter("Times that metrics of the app's own could not be read."),
  radiant_agent_faults_total: counter(
    "Errors in Radiant's own code in the worker, by where it was entered; the worker went on.",
    ['entry'],
  ),
  radiant_app_series_dropped: gauge("Series of the app's own that were left out of the last scrape."),
} as const satisfies Table;

/** What the supervisor itself knows; all labels are listed. */
export const fleetMetrics = {
  radiant_info: { kind: 'gauge', help: 'The app and the version of Radiant.', labels: ['app', 'version'] },
  radiant_release_info: {
    kind: 'gauge',
    help: 'The release that new visitors get, and the Node that it runs on.',
    labels: ['release', 'node'],
  },
  radiant_worker_info: {
    kind: 'gauge',
    help: 'The worker that holds a slot, and the release that it runs.',
    labels: ['slot', 'release', 'node'],
  },
  radiant_workers: { kind: 'gauge', help: 'Workers by state.', labels: ['state'] },
  radiant_workers_wanted: gauge('How many workers there should be.'),
  radiant_scalings_total: counter('Changes of the wanted number of workers, by direction (up, down).', [
    'direction',
  ]),
  radiant_scaling_limits_total: counter(
    'Times that the load asked for more workers than there may be; counted once a minute.',
  ),
  radiant_worker_snapshot_age_seconds: {
    kind: 'gauge',
    help: "Age of a worker's figures; more than a moment if it did not answer this scrape.",
    labels: ['slot'],
  },
  radiant_worker_starts_total: counter(
    'Processes started, by cause: start, died, scale, restart, drain, deploy, back (to the release before), takeover (from a supervisor that died) and others.',
    ['cause'],
  ),
  radiant_worker_exits_total: counter(
    'Processes that ended: asked to, crashed (exit code or signal), killed (SIGKILL), killed because the event loop stood still (hang), not ready in time (timeout), or while no supervisor watched (unwatched).',
    ['slot', 'reason'],
  ),
  radiant_worker_drains_total: counter('Times that a worker was told to finish what it has.', ['slot']),
  radiant_release_http_requests_total: counter(
    'As radiant_http_requests_total, by release instead of slot; the last ten releases.',
    ['release', 'status'],
  ),
  radiant_deploys_total: counter(
    'Deploys by their end: done, failed before the switch, or gone back from (back).',
    ['outcome'],
  ),
  radiant_certificate_expiry_timestamp_seconds: {
    kind: 'gauge',
    help: 'When a certificate that is served expires, in seconds since the epoch, by its first name; of several the earliest.',
    labels: ['name'],
  },
  radiant_supervisor_cpu_seconds_total: counter('CPU time of the supervisor.', ['mode']),
  radiant_supervisor_resident_memory_bytes: gauge('Resident memory of the supervisor.'),
  radiant_supervisor_heap_used_bytes: gauge('JavaScript heap in use in the supervisor.'),
  radiant_supervisor_event_loop_active_seconds_total: counter(
    "Time that the supervisor's event loop was busy.",
  ),
  radiant_supervisor_event_loop_idle_seconds_total: counter("Time that the supervisor's event loop waited."),
  radiant_supervisor_start_time_seconds: gauge('When the supervisor started, in seconds since the epoch.'),
} as const satisfies Table;

export type WorkerMetricName = keyof typeof workerMetrics;
export type FleetMetricName = keyof typeof fleetMetrics;

/** So many series of one metric are kept of one worker; agents never come near it. */
export const mostSeries = 500;
/** So many names of methods, and of publications, are told apart in one worker; the others count as `other`. */
export const mostNames = 100;

/**
 * One series: the values of the metric's labels, and one value; of a histogram the number of observations in each
 * bucket (not cumulated, the infinite one last), then their sum.
 */
export interface Series {
  labels: string[];
  values: number[];
}

export interface Family {
  name: string;
  series: Series[];
}

/** One sample of a metric of the app's own: its labels are names and values in turn. */
export interface AppSample {
  name: string;
  labels: string[];
  value: number;
}

/** A metric of the app's own, as a registry in the style of prom-client gives it. */
export interface AppFamily {
  name: string;
  help: string;
  /** counter, gauge, histogram or summary; anything else is untyped. */
  kind: string;
  samples: AppSample[];
}

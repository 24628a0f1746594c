import { metricsPath } from '../src/control/operations.ts';
import { fleetMetrics, mostNames, workerMetrics, type Metric } from '../src/protocol/metrics.ts';
import { markdownTable, page } from './markdown.ts';

const forPrometheus = [
  'Prometheus itself needs TCP: with `--admin 9464` it finds the same at that port, and shows the token of the page for',
  'operators, which is in the file `admin-token` of the state folder unless the configuration names another:',
  '',
  '```yaml',
  'scrape_configs:',
  '  - job_name: shop',
  '    authorization: { credentials_file: /path/to/admin-token }',
  "    static_configs: [{ targets: ['127.0.0.1:9464'] }]",
  '```',
  '',
  'Some questions to ask it:',
  '',
  '```',
  '# the share of answers that are errors, by release',
  'sum by (release) (rate(radiant_release_http_requests_total{status="5xx"}[5m]))',
  '  / sum by (release) (rate(radiant_release_http_requests_total[5m]))',
  '# how busy each worker is',
  'rate(radiant_event_loop_active_seconds_total[1m])',
  '  / (rate(radiant_event_loop_active_seconds_total[1m]) + rate(radiant_event_loop_idle_seconds_total[1m]))',
  '# certificates that expire within two weeks',
  'radiant_certificate_expiry_timestamp_seconds - time() < 14 * 86400',
  '# the ten methods that take the most time, in seconds of each second',
  'topk(10, sum by (method) (rate(radiant_ddp_method_seconds_total[5m])))',
  '```',
];

const appsOwn = [
  "## The app's own",
  '',
  'What the app registers with [prom-client](https://www.npmjs.com/package/prom-client) or its successor',
  '`@prometheus-io/client` in the registry `register` is found by itself and comes in the same scrape, with the label',
  '`slot`. Another registry, or a copy of the client that a bundler has put into a file of its own, is named by the app:',
  '',
  '```js',
  'process.radiant?.registries.add(registry); // anything with getMetricsAsJSON() as prom-client has it',
  '```',
  '',
  'Counters, histograms and the sums and counts of summaries do not go backwards when a worker ends; of other values the',
  'newest worker of a slot counts. At most 2,000 samples and 400,000 characters of a worker are taken, whole metrics at a',
  'time (`radiant_app_series_dropped`), and only what is there within half a second (`radiant_app_registry_errors_total`).',
  'A name that begins with `radiant_` is left out, a label `slot` becomes `exported_slot`, values that are no finite',
  'numbers are left out.',
];

export function metricsPage(): string {
  return page(
    '# Metrics',
    'A running app gives its metrics in the text format of Prometheus (0.0.4), all workers in one scrape:',
    '',
    '```sh',
    `curl --unix-socket $RUN/shop/control.sock http://radiant${metricsPath}`,
    '```',
    '',
    ...forPrometheus,
    '',
    'Each metric of the first table has the label `slot`. While a slot holds two workers, an old and a new one, it shows',
    'their sum, or the larger value where the table says so. What the ended workers of a slot have counted stays in its',
    'counters, so these go back to zero only with the supervisor (`radiant_supervisor_start_time_seconds`). A worker that',
    'is killed takes at most its last five seconds with it. One that does not answer within a second is shown as it was',
    'last known: `radiant_worker_snapshot_age_seconds` says how long ago that was.',
    '',
    `Of methods and publications ${mostNames} names are told apart in each worker; all others, and those that the app does not`,
    'have, count as `other`.',
    '',
    '## Of each worker',
    '',
    ...metricsTable(Object.entries(workerMetrics)),
    '',
    `The bounds of all histograms, in seconds: ${durationBounds()}.`,
    '',
    '## Of the fleet and the supervisor',
    '',
    ...metricsTable(Object.entries(fleetMetrics)),
    '',
    ...appsOwn,
  );
}

function metricsTable(entries: [string, Metric][]): string[] {
  return markdownTable(
    ['metric', 'kind', 'labels', 'is'],
    entries.map(([name, { kind, labels, help, together }]) => [
      `\`${name}\``,
      together === undefined ? kind : `${kind}, the larger`,
      labels.map((label) => `\`${label}\``).join(', '),
      help,
    ]),
  );
}

function durationBounds(): string {
  const lists = Object.values<Metric>(workerMetrics).flatMap(({ buckets }) => buckets?.join(', ') ?? []);
  return [...new Set(lists)].join('; ');
}

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { verbs } from '../src/cli/verbs.ts';
import {
  canBeIn,
  environmentNames,
  flagName,
  optionNames,
  optionTable,
  type OptionName,
} from '../src/config/options.ts';
import { eventsPath, metricsPath, operations, type Operation } from '../src/control/operations.ts';
import { errors } from '../src/errors.ts';
import { fleetMetrics, mostNames, workerMetrics, type Metric } from '../src/protocol/metrics.ts';

// Writes the pages of docs/ that follow from tables in the code: `node scripts/docs.ts`.

const made = '<!-- Made by `node scripts/docs.ts`: change the table in the code, then run that. -->';

export function errorsPage(): string {
  const rows = Object.entries(errors).map(([code, { exit, means, example, remedy }]) => [
    `\`${code}\``,
    String(exit),
    means,
    example,
    remedy,
  ]);
  return page(
    '# Errors',
    'Every error says what is wrong and where, and in its second line what to do. The exit code tells scripts which',
    'one it was; an error that is not in this table is a fault of Radiant, printed with its stack (exit code 70).',
    '',
    ...markdownTable(['code', 'exit code', 'means', 'reads for instance', 'what to do'], rows),
  );
}

export function metricsPage(): string {
  return page(
    '# Metrics',
    'A running app gives its metrics in the text format of Prometheus (0.0.4), all workers in one scrape:',
    '',
    '```sh',
    `curl --unix-socket $RUN/shop/control.sock http://radiant${metricsPath}`,
    '```',
    '',
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
    '# the ten methods that take the most time, in seconds of each second',
    'topk(10, sum by (method) (rate(radiant_ddp_method_seconds_total[5m])))',
    '```',
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

export function referencePage(): string {
  return page(
    '# Reference',
    '## Verbs',
    '',
    ...markdownTable(
      ['verb', 'does'],
      verbs.map((verb) => [`\`radiant ${[verb.name, ...verb.args].join(' ')}\``, verb.summary]),
    ),
    '',
    '`radiant help VERB` shows the flags of a verb. `--name` (or `RADIANT_NAME`) says which running app is meant.',
    '',
    '## Options of an app',
    '',
    'What is said first counts: flags, then the configuration file (`radiant.config.ts`, `.js` or `.json`), then the',
    'environment, then the file of `--env-file`, then the defaults. Times are seconds, or have a unit (`500ms`, `90s`,',
    '`2m`). Paths start at the folder of the file that names them, else at the current one. A variable in the',
    'environment is stronger than the same one in the `--env-file`. `listen` replaces host and port, unless a stronger',
    'place says one of these.',
    '',
    ...optionNames.flatMap(optionSection),
    '## Control socket',
    '',
    'A running app answers HTTP on the UNIX socket `control.sock` in its run folder, for its owner only. Input and',
    'output are JSON. An error has the status 400 or 409 and the body `{"error": {"code", "message", "remedy"}}`.',
    '',
    ...Object.entries(operations).flatMap(([name, entry]) =>
      operationSection(name, entry as Operation<unknown, unknown>),
    ),
    `### \`GET ${eventsPath}\``,
    '',
    'What happens, as it happens, one JSON object a line, until the supervisor ends. `?since=MS` gives first those',
    'of the last 1000 events that came after this time (milliseconds since the epoch).',
    '',
    `### \`GET ${metricsPath}\``,
    '',
    'The metrics of the app, in the text format of Prometheus: [metrics.md](metrics.md).',
    '',
    '```sh',
    `curl --unix-socket $RUN/shop/control.sock http://radiant/status`,
    `curl --unix-socket $RUN/shop/control.sock http://radiant/scale -d '{"workers": "+1"}'`,
    '```',
  );
}

function optionSection(name: OptionName): string[] {
  const { summary, kind, short, default: preset, otherwise, multiple } = optionTable[name];
  const value = kind.placeholder === '' ? '' : ` ${kind.placeholder}`;
  const flag = `--${flagName(name)}${value}`;
  const places = [
    canBeIn(name, 'argument') ? 'first argument of `radiant start`' : '',
    canBeIn(name, 'flag') ? `\`${short === undefined ? flag : `-${short}, ${flag}`}\`` : '',
    canBeIn(name, 'file') ? `\`${name}\` in the configuration file` : '',
    ...environmentNames(name).map((variable) => `\`${variable}\` in the environment`),
  ];
  return [
    `### ${name}`,
    '',
    `${summary}.`,
    '',
    `- written as: ${places.filter(Boolean).join('; ')}`,
    ...(kind.parts === undefined ? [] : [`- in the configuration file also \`${kind.parts}\``]),
    `- value: ${kind.expected}${multiple ? '; may be given several times' : ''}, for instance \`${kind.example}\``,
    `- default: ${preset === undefined ? (otherwise ?? 'none') : `\`${preset}\``}`,
    '',
  ];
}

function operationSection(name: string, operation: Operation<unknown, unknown>): string[] {
  const { method, summary, input, output } = operation;
  return [
    `### \`${method} /${name}\``,
    '',
    `${summary}.`,
    '',
    ...schemaLines('input', input(z)),
    ...schemaLines('output', output(z)),
    '',
  ];
}

interface JsonSchema {
  type?: string;
  description?: string;
  enum?: string[];
  anyOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
}

function schemaLines(title: string, schema: z.ZodType): string[] {
  const { properties = {} } = z.toJSONSchema(schema) as JsonSchema;
  const lines = fields(properties, '  ');
  return lines.length === 0 ? [] : [`- ${title}:`, ...lines];
}

function fields(properties: Record<string, JsonSchema>, indent: string): string[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const about = schema.description === undefined ? '' : `: ${schema.description}`;
    const inner = schema.properties ?? schema.items?.properties ?? {};
    return [`${indent}- \`${name}\` (${typeOf(schema)})${about}`, ...fields(inner, `${indent}  `)];
  });
}

function typeOf(schema: JsonSchema): string {
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ');
  return schema.type === 'array' && schema.items ? `list of ${typeOf(schema.items)}` : (schema.type ?? 'any');
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function markdownTable(head: string[], rows: string[][]): string[] {
  return [tableLine(head), tableLine(head.map(() => '---')), ...rows.map(tableLine)];
}

function page(title: string, ...lines: string[]): string {
  return `${[title, '', made, '', ...lines].join('\n').trimEnd()}\n`;
}

if (import.meta.main) {
  const docs = join(import.meta.dirname, '..', 'docs');
  await writeFile(join(docs, 'errors.md'), errorsPage());
  await writeFile(join(docs, 'metrics.md'), metricsPage());
  await writeFile(join(docs, 'reference.md'), referencePage());
}

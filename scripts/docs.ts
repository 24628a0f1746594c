import { flagName } from '../src/config/options/flag-name.ts';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toJSONSchema, type ZodMiniType } from 'zod/mini';
import * as z from '../src/zod.ts';
import { verbs } from '../src/cli/verbs.ts';
import {
  canBeIn,
  environmentNames,
  optionNames,
  optionTable,
  type OptionName,
} from '../src/config/options/options.ts';
import { eventsPath, metricsPath, operations, type Operation } from '../src/control/operations.ts';
import { errors } from '../src/common/errors.ts';
import { markdownTable, page } from './markdown.ts';
import { metricsPage } from './metrics-page.ts';

// Writes the pages of docs/ that follow from tables in the code: `node scripts/docs.ts`.

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
    'one it was; an error that is not in this table is a fault of Radiant, told in one line (exit code 70); `RADIANT_DEBUG=1` shows its stack.',
    '',
    ...markdownTable(['code', 'exit code', 'means', 'reads for instance', 'what to do'], rows),
  );
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

function schemaLines(title: string, schema: ZodMiniType): string[] {
  const { properties = {} } = toJSONSchema(schema) as JsonSchema;
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

if (import.meta.main) {
  const docs = join(import.meta.dirname, '..', 'docs');
  await writeFile(join(docs, 'errors.md'), errorsPage());
  await writeFile(join(docs, 'metrics.md'), metricsPage());
  await writeFile(join(docs, 'reference.md'), referencePage());
}

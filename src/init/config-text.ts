import { inspect } from 'node:util';
import type { OptionName, UserConfig } from '../config/options/options.ts';
import type { Note, Translation } from '../adopt/translation.ts';

/** A configuration file in the making. */
export interface Draft {
  /** What it is and where it comes from, one line each. */
  title: readonly string[];
  options: UserConfig;
  /** What stands above an option. */
  comments: Partial<Record<OptionName, string>>;
  /** What stands below, one line each. */
  remarks: readonly string[];
}

/** In the order of a reader's questions: what, where, how many, with what. */
const order: readonly OptionName[] = ['app', 'name', 'port', 'host', 'listen', 'rootUrl', 'workers'];

const rank = (name: OptionName): number => (order.includes(name) ? order.indexOf(name) : order.length);

/** The text of radiant.config.ts. */
export function configText({ title, options, comments, remarks }: Draft): string {
  const names = Object.keys(options) as (keyof UserConfig)[];
  const lines = names
    .toSorted((a, b) => rank(a) - rank(b))
    .flatMap((name) => {
      const above = comments[name] === undefined ? [] : comment(comments[name]);
      return [...above, `${name}: ${literal(options[name])},`];
    });
  return [
    "import { defineConfig } from 'radiant';",
    '',
    ...title.flatMap(comment),
    'export default defineConfig({',
    ...lines.flatMap((line) => line.split('\n')).map((line) => `  ${line}`),
    '});',
    ...(remarks.length > 0 ? [''] : []),
    ...remarks.flatMap((line) => line.split('\n')).map((line) => `// ${line}`.trimEnd()),
    '',
  ].join('\n');
}

/** A value as source text: on one line, if that is short. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return inspect(value, { breakLength: Infinity });
  const entries = Object.entries(value).map(
    ([key, each]) => `${/^[A-Za-z_]\w*$/.test(key) ? key : inspect(key)}: ${literal(each)}`,
  );
  const line = `{ ${entries.join(', ')} }`;
  return line.length <= 80 ? line : `{\n${entries.map((entry) => `  ${entry},\n`).join('')}}`;
}

const comment = (text: string): string[] => text.split('\n').map((line) => `// ${line}`);

/** The three lists, as lines for a terminal and for the comments of the file. */
export function listLines({ taken, unneeded, impossible }: Translation): string[] {
  return [
    ...list('Taken over', taken),
    ...list('Not needed', unneeded),
    ...list('Not possible, and what to do instead', impossible),
  ];
}

/** Keys of which the same is to be said share a line. */
function list(title: string, notes: readonly Note[]): string[] {
  if (notes.length === 0) return [];
  const keys = Map.groupBy(notes, ({ text }) => text);
  return [
    '',
    `${title}:`,
    ...[...keys].map(([text, group]) => `  ${group.map(({ key }) => key).join(', ')}: ${text}`),
  ];
}

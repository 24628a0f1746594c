import type { Verb } from '../verb/verb.ts';

/** What can stand in one place of a command line. */
export type Choices = { words: readonly string[] } | { ask: 'names' | 'slots' } | { files: true } | undefined;

export interface CompletedFlag {
  name: string;
  short: string | undefined;
  summary: string;
  takesValue: boolean;
  choices: Choices;
}

/** A verb, as a shell that completes it needs it. */
export interface CompletedVerb {
  name: string;
  summary: string;
  flags: CompletedFlag[];
  argument: Choices;
}

/** `N` alone is a worker's number: as an argument of these verbs, or as the value of `--worker`. */
const takesSlot = new Set(['describe', 'replace']);

/** What the table of verbs says to shells. `help` is no verb of the table. */
export function completed(verbs: readonly Verb[]): CompletedVerb[] {
  const names = verbs.map(({ name }) => name);
  const known = verbs.map(({ name, summary, args, options }): CompletedVerb => {
    const flags = Object.entries(options).map(([flag, option]) => ({
      name: flag,
      short: option.short,
      summary: option.summary,
      takesValue: option.placeholder !== undefined,
      choices: flag === 'worker' ? ({ ask: 'slots' } as const) : choicesOf(option.placeholder),
    }));
    return { name, summary, flags, argument: takesSlot.has(name) ? { ask: 'slots' } : choicesOf(args[0]) };
  });
  return [...known, { name: 'help', summary: 'Explain a verb', flags: [], argument: { words: names } }];
}

/** From how help writes a value: `FILE`, `NAME`, `client|session|none`, `[app]`. */
function choicesOf(placeholder: string | undefined): Choices {
  if (placeholder === undefined) return undefined;
  const parts = placeholder.replace(/[[\]…]/g, '').split('|');
  if (parts[0] === 'NAME') return { ask: 'names' };
  if (parts.some((part) => /^(?:FILE|PATH|FOLDER|app|bundle)$/.test(part))) return { files: true };
  const words = parts.filter((part) => /^[a-z]+$/.test(part));
  return words.length > 0 ? { words } : undefined;
}

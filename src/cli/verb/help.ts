import type { Verb } from './verb.ts';

/** What `radiant help` prints. */
export function overview(verbs: readonly Verb[]): string {
  const width = Math.max(...verbs.map((verb) => synopsis(verb).length));
  const lines = verbs.map((verb) => `  ${synopsis(verb).padEnd(width)}  ${verb.summary}`);
  return [
    'Radiant runs a Meteor app, or any Node HTTP app, on every core behind one address.',
    '',
    'Usage: radiant VERB [options]',
    '',
    ...lines,
    '',
    '`radiant help VERB` shows the options of a verb, `radiant --version` the version.',
  ].join('\n');
}

/** What `radiant help VERB` and `radiant VERB --help` print. */
export function verbHelp(verb: Verb, columns: number): string {
  const options = Object.entries({ ...verb.options, help: { summary: 'Show this text', short: 'h' } });
  const heads = options.map(([name, option]) => optionHead(name, option));
  const width = Math.max(...heads.map((head) => head.length));
  const lines = options.flatMap(([, option], index) => {
    const [first = '', ...more] = wrap(option.summary, Math.min(columns, 110) - width - 4);
    return [
      `  ${heads[index]?.padEnd(width)}  ${first}`,
      ...more.map((text) => ' '.repeat(width + 4) + text),
    ];
  });
  const examples = verb.examples.map((example) => `  radiant ${example}`);
  const usage = `Usage: radiant ${synopsis(verb)} [options]`;
  return [verb.summary, '', usage, '', 'Options:', ...lines, '', 'Examples:', ...examples].join('\n');
}

function synopsis(verb: Verb): string {
  return [verb.name, ...verb.args].join(' ');
}

function optionHead(name: string, option: { short?: string; placeholder?: string }): string {
  const short = option.short === undefined ? '    ' : `-${option.short}, `;
  return `${short}--${name}${option.placeholder === undefined ? '' : ` ${option.placeholder}`}`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > Math.max(width, 30)) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

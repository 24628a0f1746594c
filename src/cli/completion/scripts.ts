import type { Choices, CompletedFlag, CompletedVerb } from './choices.ts';

const dashed = ({ name, short }: CompletedFlag): string[] => [
  `--${name}`,
  ...(short === undefined ? [] : [`-${short}`]),
];

/** In single quotes, for any of the three shells: summaries hold no backslash. */
const quoted = (text: string): string => `'${text.replaceAll("'", '’')}'`;

const oneLine = (summary: string): string => summary.replaceAll('`', '').split('; ')[0]!;

/** The flags of a verb that take a value which can be completed. */
const withChoices = ({ flags }: CompletedVerb): CompletedFlag[] =>
  flags.filter(({ takesValue, choices }) => takesValue && choices !== undefined);

/** The text of a shell for a place's choices: each shell has its own three. */
interface Shell {
  words: (words: string) => string;
  files: string;
}

function offer(choices: Choices, { words, files }: Shell): string {
  if (choices === undefined) return ':';
  if ('files' in choices) return files;
  return 'words' in choices
    ? words(choices.words.join(' '))
    : words(`$(radiant completion ${choices.ask} 2>/dev/null)`);
}

/** One branch of a `case` for the value of each flag, one for the flags of each verb, one for the argument of each. */
function branches(verbs: readonly CompletedVerb[], shell: Shell): { values: string[]; args: string[] } {
  return {
    values: verbs.flatMap((verb) =>
      withChoices(verb).map((flag) => {
        const patterns = dashed(flag).map((name) => `"${verb.name} ${name}"`);
        return `    ${patterns.join('|')}) ${offer(flag.choices, shell)}; return ;;`;
      }),
    ),
    args: verbs.map((verb) => `    ${verb.name}) ${offer(verb.argument, shell)} ;;`),
  };
}

export function bashCompletion(verbs: readonly CompletedVerb[]): string {
  const shell: Shell = {
    words: (words) => `COMPREPLY=($(compgen -W "${words}" -- "$cur"))`,
    files: 'COMPREPLY=($(compgen -f -- "$cur"))',
  };
  const { values, args } = branches(verbs, shell);
  const flags = verbs.map((verb) => {
    const names = verb.flags.map(({ name }) => `--${name}`);
    return `      ${verb.name}) ${shell.words([...names, '--help'].join(' '))} ;;`;
  });
  return `# bash completion for radiant: put it into ~/.local/share/bash-completion/completions/radiant
_radiant() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" verb="\${COMP_WORDS[1]}"
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    ${shell.words(verbs.map(({ name }) => name).join(' '))}
    return
  fi
  case "$verb $prev" in
${values.join('\n')}
  esac
  if [[ "$cur" == -* ]]; then
    case "$verb" in
${flags.join('\n')}
    esac
    return
  fi
  case "$verb" in
${args.join('\n')}
  esac
}
complete -o filenames -F _radiant radiant
`;
}

/** As zsh's `_describe` takes it. */
const described = (name: string, summary: string): string =>
  quoted(`${name}:${oneLine(summary).replaceAll(':', '\\:')}`);

export function zshCompletion(verbs: readonly CompletedVerb[]): string {
  const shell: Shell = { words: (words) => `compadd -- ${words}`, files: '_files' };
  const { values, args } = branches(verbs, shell);
  const flags = verbs.map((verb) => {
    const all = verb.flags.map(({ name, summary }) => described(`--${name}`, summary));
    return `      ${verb.name}) flags=(${[...all, "'--help:Show the help'"].join(' ')}) ;;`;
  });
  return `#compdef radiant
# zsh completion for radiant: put it into a folder of $fpath, as _radiant
_radiant() {
  local verb=$words[2] prev=$words[CURRENT-1] cur=$words[CURRENT]
  local -a verbs flags
  if (( CURRENT == 2 )); then
    verbs=(${verbs.map(({ name, summary }) => described(name, summary)).join(' ')})
    _describe verb verbs
    return
  fi
  case "$verb $prev" in
${values.join('\n')}
  esac
  if [[ $cur == -* ]]; then
    case $verb in
${flags.join('\n')}
    esac
    _describe flag flags
    return
  fi
  case $verb in
${args.join('\n')}
  esac
}
if [[ $funcstack[1] == _radiant ]]; then _radiant "$@"; else compdef _radiant radiant; fi
`;
}

const offeredByFish = (choices: Choices): string => {
  if (choices === undefined) return '';
  if ('files' in choices) return ' -F';
  return 'words' in choices
    ? ` -a ${quoted(choices.words.join(' '))}`
    : ` -a '(radiant completion ${choices.ask} 2>/dev/null)'`;
};

export function fishCompletion(verbs: readonly CompletedVerb[]): string {
  const lines = verbs.flatMap((verb) => {
    const seen = `complete -c radiant -n '__fish_seen_subcommand_from ${verb.name}'`;
    const argument = offeredByFish(verb.argument);
    return [
      `complete -c radiant -n __fish_use_subcommand -a ${verb.name} -d ${quoted(oneLine(verb.summary))}`,
      ...(argument === '' ? [] : [`${seen}${argument}`]),
      ...verb.flags.map(({ name, short, summary, takesValue, choices }) => {
        const letter = short === undefined ? '' : ` -s ${short}`;
        const files = choices !== undefined && 'files' in choices;
        const value = takesValue ? ` ${files ? '-r' : '-x'}${offeredByFish(choices)}` : '';
        return `${seen} -l ${name}${letter}${value} -d ${quoted(oneLine(summary))}`;
      }),
    ];
  });
  return [
    '# fish completion for radiant: put it into ~/.config/fish/completions/radiant.fish',
    'complete -c radiant -f',
    ...lines,
    '',
  ].join('\n');
}

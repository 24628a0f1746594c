import { RadiantError } from '../../common/errors.ts';
import { completed } from './choices.ts';
import { bashCompletion, fishCompletion, zshCompletion } from './scripts.ts';
import { nameFrom, nameOption, type Invocation, type Verb } from '../verb/verb.ts';

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

/** `verbs`: all that a shell may complete, this one too. */
export const completion = (verbs: () => readonly Verb[]): Verb => ({
  name: 'completion',
  summary: 'Print what makes a shell complete verbs, flags, names of running apps and numbers of workers',
  args: ['bash|zsh|fish'],
  options: { name: nameOption },
  examples: [
    'completion bash > ~/.local/share/bash-completion/completions/radiant',
    'completion fish > ~/.config/fish/completions/radiant.fish',
  ],
  run: async (invocation) => {
    const { args, terminal } = invocation;
    const [what = ''] = args;
    if (Object.hasOwn(scripts, what)) {
      terminal.print(scripts[what as keyof typeof scripts](completed(verbs())).trimEnd());
      return 0;
    }
    // What the scripts themselves ask for.
    if (what === 'names' || what === 'slots') {
      for (const word of await running(what, invocation)) terminal.print(word);
      return 0;
    }
    throw new RadiantError(
      'USAGE',
      `completion: there is none for "${what}"`,
      'Shells are bash, zsh and fish',
    );
  },
});

async function running(what: 'names' | 'slots', invocation: Invocation): Promise<string[]> {
  const { runningApps } = await import('../../control/discover.ts');
  const apps = await runningApps(invocation.homes);
  if (what === 'names') return apps.map(({ name }) => name);
  const name = nameFrom(invocation);
  const meant = apps.filter((app) => name === undefined || app.name === name);
  return [...new Set(meant.flatMap(({ status }) => status.workers.map(({ slot }) => String(slot))))];
}

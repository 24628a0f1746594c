import { suggestion } from '../common/suggest.ts';
import { presentName } from '../control/former-names.ts';
import { RadiantError } from '../common/errors.ts';
import { checkHomesToLook } from '../disk/own-folder.ts';
import { homes as homesOf } from '../disk/paths.ts';
import { overview, verbHelp } from './verb/help.ts';
import { parse } from './verb/parse.ts';
import { report, type Listener } from './output/report.ts';
import { ownVersion } from '../common/version.ts';
import type { Verb } from './verb/verb.ts';
import { verbs } from './verbs.ts';

export interface World extends Listener {
  cwd: string;
}

/** Runs one command line; resolves with its exit code, having printed the error if there was one. */
export async function run(argv: readonly string[], world: World): Promise<number> {
  try {
    return await dispatch(argv, world);
  } catch (error) {
    return report(error, world);
  }
}

async function dispatch(argv: readonly string[], { terminal, cwd, env }: World): Promise<number> {
  const [word = 'help', ...rest] = argv;
  const find = (name: string): Verb => findVerb(name, (line) => terminal.complain(line));
  if (word === '--version' || word === '-v' || word === '-V') {
    terminal.print(ownVersion());
    return 0;
  }
  if (word === 'help' || word === '--help' || word === '-h') {
    const [topic] = rest;
    terminal.print(topic === undefined ? overview(verbs) : verbHelp(find(topic), terminal.columns));
    return 0;
  }
  const verb = find(word);
  const { args, flags, help } = parse(verb, rest);
  if (help) {
    terminal.print(verbHelp(verb, terminal.columns));
    return 0;
  }
  const homes = homesOf(env);
  checkHomesToLook(homes);
  return verb.run({ args, flags, terminal, homes, cwd, env });
}

function findVerb(word: string, say: (line: string) => void): Verb {
  const now = presentName(word);
  if (now !== word) say(`radiant: "${word}" is called "${now}" now`);
  const verb = verbs.find((entry) => entry.name === now);
  if (verb) return verb;
  if (word.startsWith('-')) {
    throw new RadiantError(
      'USAGE',
      `the verb must stand before ${word}`,
      'Write for instance `radiant start --port 80`',
    );
  }
  const names = verbs.map((entry) => entry.name);
  const message = `there is no verb "${word}"${suggestion(word, names)}`;
  throw new RadiantError('USAGE', message, `Verbs are ${names.join(', ')}; \`radiant help\` explains them`);
}

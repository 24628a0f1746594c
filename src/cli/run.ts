import { suggestion } from '../common/suggest.ts';
import { presentName } from '../control/former-names.ts';
import { RadiantError, reasonOf } from '../common/errors.ts';
import { checkHomesToLook } from '../disk/own-folder.ts';
import { homes as homesOf } from '../disk/paths.ts';
import { overview, verbHelp } from './verb/help.ts';
import { parse } from './verb/parse.ts';
import type { Terminal } from './output/terminal.ts';
import { ownVersion } from '../common/version.ts';
import type { Verb } from './verb/verb.ts';
import { verbs } from './verbs.ts';

export interface World {
  terminal: Terminal;
  cwd: string;
  env: NodeJS.ProcessEnv;
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

/** Of what is a fault of Radiant's. */
const unexpected = 70;

/** Two lines, with what to do in the second. Only who asks for it sees the stack of what is a fault of Radiant's. */
export function report(error: unknown, { terminal, env }: Pick<World, 'terminal' | 'env'>): number {
  terminal.transient('');
  if (error instanceof RadiantError) {
    terminal.complain(`radiant: ${error.message}\n  ${error.remedy}`);
    return error.exitCode;
  }
  const stack = error instanceof Error && env.RADIANT_DEBUG ? error.stack : undefined;
  const remedy =
    'This is a fault of Radiant: please report it, with what it prints when RADIANT_DEBUG=1 is set';
  terminal.complain(`radiant: unexpected error: ${reasonOf(error)}\n  ${stack ?? remedy}`);
  return unexpected;
}

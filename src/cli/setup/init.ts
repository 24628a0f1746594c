import { readdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Translation } from '../../adopt/translation.ts';
import { type OptionName, type UserConfig, optionTable } from '../../config/options/options.ts';
import { RadiantError } from '../../common/errors.ts';
import type { Draft } from '../../init/config-text.ts';
import type { Invocation, Verb } from '../verb/verb.ts';

/** What secrets of another tool's file go to, beside radiant.config.ts. */
const envFile = 'radiant.env';

export const init: Verb = {
  name: 'init',
  summary: 'Write radiant.config.ts: by questions, or from the file of another tool',
  args: [],
  options: {
    from: {
      summary: 'Translate an ecosystem.config.js, mup.js, mup.json, docker-compose.yml or .env',
      placeholder: 'FILE',
    },
    app: { summary: 'Which app of a file that holds several', placeholder: 'NAME' },
    env: {
      summary: 'Which env_NAME of an ecosystem file counts (default: production, if there is one)',
      placeholder: 'NAME',
    },
    run: { summary: 'Run the file if it is code; else this is asked' },
    yes: { summary: 'Ask nothing, take the defaults', short: 'y' },
    force: { summary: 'Replace files that are there' },
    out: { summary: 'The file to write (default: radiant.config.ts)', placeholder: 'FILE' },
  },
  examples: [
    'init',
    'init --yes',
    'init --from ecosystem.config.js --app shop',
    'init --from docker-compose.yml',
  ],
  run: async (invocation) => {
    const { flags, cwd } = invocation;
    const out = resolve(cwd, typeof flags.out === 'string' ? flags.out : 'radiant.config.ts');
    const { refuseSecond } = await import('../../init/write.ts');
    refuseSecond(out);
    await (flags.from === undefined ? fromQuestions(invocation, out) : fromFile(invocation, out));
    return 0;
  },
};

async function fromQuestions({ flags, terminal }: Invocation, out: string): Promise<void> {
  const [{ lookAround }, { answers, questions }, { configText }] = await Promise.all([
    import('../../init/look-around.ts'),
    import('../../init/questions.ts'),
    import('../../init/config-text.ts'),
  ]);
  const found = await lookAround(dirname(out));
  for (const file of found.others) {
    terminal.print(`${file} is here: \`radiant init --from ${file}\` translates it`);
  }
  const asked = questions(found);
  let options: UserConfig;
  if (flags.yes) options = await answers(asked, () => Promise.resolve(''), terminal.complain);
  else {
    const prompt = await openPrompt();
    options = await answers(asked, prompt.ask, terminal.complain).finally(prompt.close);
  }
  const draft: Draft = {
    title: ['All options: docs/reference.md of Radiant, or `radiant help start`.'],
    options,
    comments: Object.fromEntries(
      (Object.keys(options) as OptionName[]).map((name) => [name, `${optionTable[name].summary}.`]),
    ),
    remarks: [],
  };
  await write([{ path: out, text: configText(draft), secret: false }], flags.force === true);
  terminal.print(`${out} written`);
  if (found.source)
    terminal.print('next: `meteor build --directory ../build --server-only`, then `radiant start`');
  else terminal.print('next: `radiant doctor`, then `radiant start`');
}

async function fromFile(invocation: Invocation, out: string): Promise<void> {
  const { flags, cwd, terminal } = invocation;
  const [{ folderOf, toolOf, translate }, { configText, listLines }, { envLine }] = await Promise.all([
    import('../../adopt/translate.ts'),
    import('../../init/config-text.ts'),
    import('../../adopt/variables.ts'),
  ]);
  const file = resolve(cwd, String(flags.from));
  const content = await contentOf(file, invocation);
  const from = folderOf(file);
  const result = translate(
    file,
    content,
    { from, to: dirname(out), beside: await readdir(from) },
    { app: word(flags.app), environment: word(flags.env) },
  );
  const secrets = secretLines(result, envLine);
  if (secrets.length > 0) result.options.envFile = `./${envFile}`;
  const lists = listLines(result);
  const title = `From ${String(flags.from)} (${toolOf(file, content)}), by \`radiant init\`. Look through it before the first start.`;
  const comments = Object.fromEntries(
    Object.entries(result.origins).map(([option, key]) => [option, `From ${key}.`]),
  );
  const draft: Draft = { title: [title], options: result.options, comments, remarks: lists.slice(1) };
  const files = [{ path: out, text: configText(draft), secret: false }];
  const secretFile = resolve(dirname(out), envFile);
  if (secrets.length > 0) files.push({ path: secretFile, text: `${secrets.join('\n')}\n`, secret: true });
  await write(files, flags.force === true);
  terminal.print(`${out} written`);
  if (secrets.length > 0) {
    terminal.print(
      `${secretFile} written, for its owner only: it may hold secrets; keep it out of version control`,
    );
  }
  for (const line of lists) terminal.print(line);
}

/** Lines of the environment file. What no line can hold is said to be impossible. */
function secretLines(
  result: Translation,
  envLine: (name: string, value: string) => string | undefined,
): string[] {
  return Object.entries(result.secrets).flatMap(([name, value]) => {
    const line = envLine(name, value);
    if (line !== undefined) return [line];
    const key = result.taken.findIndex((each) => each.key === name || each.key.endsWith(`.${name}`));
    const [note] = key < 0 ? [] : result.taken.splice(key, 1);
    result.impossible.push({
      key: note?.key ?? name,
      text: 'it holds every kind of quotes, which no environment file can: set it where Radiant is started',
    });
    return [];
  });
}

/** Code is run only when the user says so. */
async function contentOf(file: string, { flags, terminal }: Invocation): Promise<unknown> {
  const { isCode, readContent } = await import('../../adopt/read.ts');
  if (!isCode(file)) return readContent(file);
  if (!flags.run) {
    if (flags.yes || !canAsk()) {
      const message = `${file} is code: to read it is to run it`;
      throw new RadiantError('USAGE', message, 'Look at it, then say --run');
    }
    const prompt = await openPrompt();
    const answer = await prompt
      .ask(`${file} is code: to read it is to run it. Run it? [y/N] `)
      .finally(prompt.close);
    if (!/^y(?:es)?$/i.test(answer.trim()))
      throw new RadiantError('USAGE', 'nothing was read', 'Say --run to read it');
  }
  const { runCode } = await import('../../adopt/run-code.ts');
  terminal.print(`running ${file} in a process of its own, to see what it exports`);
  return runCode(file);
}

async function write(
  files: Parameters<typeof import('../../init/write.ts').writeNew>[0],
  force: boolean,
): Promise<void> {
  const { writeNew } = await import('../../init/write.ts');
  await writeNew(files, force);
}

const word = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const canAsk = (): boolean => process.stdin.isTTY && process.stdout.isTTY;

/** Errors: USAGE where nobody sits at a terminal. */
async function openPrompt(): Promise<{ ask: (text: string) => Promise<string>; close: () => void }> {
  if (!canAsk()) {
    throw new RadiantError(
      'USAGE',
      'init asks questions, and this is no terminal',
      '--yes takes the defaults',
    );
  }
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  return { ask: (text) => lines.question(text), close: () => lines.close() };
}

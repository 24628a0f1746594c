import type { OptionName, UserConfig } from '../config/options/options.ts';
import { readValue } from '../config/reading/schema.ts';
import type { Found } from './look-around.ts';

export interface Question {
  option: OptionName & keyof UserConfig;
  text: string;
  /** The answer that Enter gives; nothing leaves the option out. */
  preset: string;
}

/** What has to be known before the first start; what the folder says already is the default. */
export function questions(found: Found): Question[] {
  const all: (Question | false)[] = [
    {
      option: 'app',
      text: found.meteor
        ? 'The bundle that `meteor build` makes'
        : 'The app: a bundle, a script, or a folder with a package.json',
      preset: found.app ?? (found.meteor ? '../build/bundle' : '.'),
    },
    { option: 'name', text: 'Its name', preset: found.name },
    { option: 'port', text: 'The port that visitors come to', preset: '3000' },
    found.meteor && {
      option: 'rootUrl',
      text: 'Its public URL (ROOT_URL)',
      preset: 'http://localhost:3000',
    },
    { option: 'workers', text: 'How many workers (`auto`: one for each core)', preset: 'auto' },
    { option: 'proxies', text: 'How many proxies, such as nginx, stand in front', preset: '0' },
    found.meteor && {
      option: 'settings',
      text: 'The file of METEOR_SETTINGS (empty: none)',
      preset: found.settings ?? '',
    },
    {
      option: 'envFile',
      text: 'A file of variables such as MONGO_URL (empty: none)',
      preset: found.envFile ?? '',
    },
  ];
  return all.filter((each) => each !== false).filter(({ option }) => !found.said.includes(option));
}

/** Asks until each answer fits its option. `ask` gets what to print, and resolves with what was typed. */
export async function answers(
  asked: readonly Question[],
  ask: (text: string) => Promise<string>,
  complain: (text: string) => void,
): Promise<UserConfig> {
  const options: Record<string, unknown> = {};
  for (const question of asked) {
    // oxlint-disable-next-line no-await-in-loop -- one question after the other
    const answer = await answerTo(withPort(question, options.port), ask, complain);
    if (answer !== '') options[question.option] = /^\d+$/.test(answer) ? Number(answer) : answer;
  }
  return options;
}

/** The usual ROOT_URL has the port that was chosen before. */
function withPort(question: Question, port: unknown): Question {
  if (question.option !== 'rootUrl' || port === undefined) return question;
  return { ...question, preset: `http://localhost:${port as number}` };
}

async function answerTo(
  { option, text, preset }: Question,
  ask: (text: string) => Promise<string>,
  complain: (text: string) => void,
): Promise<string> {
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop
    const typed = (await ask(`${text}${preset === '' ? '' : ` [${preset}]`}: `)).trim();
    const answer = typed === '' ? preset : typed;
    if (answer === '') return answer;
    const read = readValue(option, answer, option, false);
    if (read.ok) return answer;
    complain(`${read.problem.what}. ${read.problem.remedy}`);
  }
}

import { resolve } from 'node:path';
import { longestPage } from '../../control/operations.ts';
import { RadiantError, reasonOf } from '../../common/errors.ts';
import { jsonOption, nameFrom, nameOption, type Invocation, type Verb } from '../verb/verb.ts';
import { readTextFile } from '../../common/text-file.ts';

const retryAfterSeconds = 300;
const longestRetry = 7 * 86_400;
const ways = ['on', 'off'];

export const maintenance: Verb = {
  name: 'maintenance',
  summary: 'Show visitors a maintenance page (503) instead of the app, or the app again',
  args: ['on|off'],
  options: {
    name: nameOption,
    page: { summary: 'An HTML file to show instead of the built-in page', placeholder: 'FILE' },
    'retry-after': {
      summary: `In how many seconds clients shall try again (${retryAfterSeconds})`,
      placeholder: 'SECONDS',
    },
    close: { summary: 'Close open WebSockets and long-poll sessions too; they stay otherwise' },
    json: jsonOption,
  },
  examples: ['maintenance on', 'maintenance on --page own.html --retry-after 600', 'maintenance off'],
  run: async (invocation) => {
    const { args, flags, homes, terminal } = invocation;
    const on = wanted(args[0]!, flags);
    const retryAfter = seconds(flags['retry-after']);
    const page = on ? await pageFrom(invocation) : undefined;
    const { findApp } = await import('../../control/discover.ts');
    const { name, control } = await findApp(homes, nameFrom(invocation));
    const close = flags.close === true;
    const result = await control.maintain({ on, retryAfter, close, ...(page !== undefined && { page }) });
    if (flags.json) terminal.print(JSON.stringify(result.maintenance, null, 2));
    else if (on)
      terminal.print(`${name}: visitors get the maintenance page; \`radiant maintenance off\` ends it`);
    else terminal.print(`${name} is open to visitors`);
    return 0;
  },
};

function wanted(way: string, flags: Invocation['flags']): boolean {
  if (!ways.includes(way)) {
    throw new RadiantError(
      'USAGE',
      `maintenance cannot be "${way}"`,
      'Write `radiant maintenance on` or `radiant maintenance off`',
    );
  }
  const odd = ['page', 'retry-after', 'close'].find((flag) => way === 'off' && flags[flag] !== undefined);
  if (odd !== undefined) {
    throw new RadiantError('USAGE', `maintenance off takes no --${odd}`, 'Leave it out');
  }
  return way === 'on';
}

function seconds(value: unknown): number {
  if (value === undefined) return retryAfterSeconds;
  const text = value as string;
  const number = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= longestRetry) return number;
  throw new RadiantError(
    'USAGE',
    `--retry-after: "${text}" is not a number of seconds from 1 to ${longestRetry}`,
    'Write for instance --retry-after 300',
  );
}

async function pageFrom({ flags, cwd }: Invocation): Promise<string | undefined> {
  if (typeof flags.page !== 'string') return undefined;
  const path = resolve(cwd, flags.page);
  const text = await readTextFile(path).catch((error: unknown) => {
    throw new RadiantError(
      'USAGE',
      `--page: ${path} cannot be read: ${reasonOf(error)}`,
      'Name an HTML file',
    );
  });
  const size = Buffer.byteLength(text);
  if (text.trim() !== '' && size <= longestPage) return text;
  const what = size > longestPage ? `has ${size} bytes, at most ${longestPage} are shown` : 'is empty';
  throw new RadiantError(
    'USAGE',
    `--page: ${path} ${what}`,
    'Put images and styles elsewhere, or make them smaller',
  );
}

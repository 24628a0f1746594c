import { suggestion } from '../../common/suggest.ts';
import { RadiantError } from '../../common/errors.ts';
import { levels, type Level } from '../../logs/levels.ts';
import type { LogChoice, LogEntry } from '../../logs/app-logs.ts';
import { knownApp } from '../verb/known-app.ts';
import { narrate } from '../output/narrate.ts';
import { sinceFrom, sinceOption } from '../verb/since.ts';
import type { Terminal } from '../output/terminal.ts';
import { untilInterrupted } from '../verb/until-interrupted.ts';
import { jsonOption, nameFrom, nameOption, type Invocation, type Verb } from '../verb/verb.ts';

/** So many lines of before are shown when the new ones are followed. */
const before = 20;

export const logs: Verb = {
  name: 'logs',
  summary: 'Show what the workers of an app have printed, of all kept releases, while it runs or not',
  args: [],
  options: {
    name: nameOption,
    follow: { summary: 'Go on with new lines until Ctrl-C', short: 'f' },
    worker: { summary: 'Only this worker', placeholder: 'N', short: 'w' },
    since: sinceOption,
    level: {
      summary: `Only lines of this level and above: ${levels.join(', ')}; a line that tells none counts as info`,
      placeholder: 'LEVEL',
      short: 'l',
    },
    json: {
      ...jsonOption,
      summary: 'Print each line as a line of JSON, with time, worker, release and level',
    },
  },
  examples: ['logs -f', 'logs --since 10m --level warn', 'logs --worker 2 --since 14:30 --json'],
  run: async (invocation) => {
    const { flags, terminal, homes } = invocation;
    const choice: LogChoice = {
      since: sinceFrom(invocation),
      level: levelFrom(flags.level),
      slot: workerFrom(invocation),
    };
    const { run } = await knownApp(homes, nameFrom(invocation));
    const { followLogs, readLogs } = await import('../../logs/app-logs.ts');
    // No faster than it is read: a log may be larger than the memory.
    const show = async (entry: LogEntry): Promise<void> => {
      terminal.print(flags.json ? JSON.stringify(entry) : lineOf(entry, terminal));
      await terminal.settled();
    };
    return untilInterrupted(async (signal) => {
      if (!flags.follow) {
        for await (const entry of readLogs(run.releases, choice)) {
          if (signal.aborted) return;
          await show(entry);
        }
        return;
      }
      for await (const entry of followLogs(run.releases, choice, before, signal)) await show(entry);
    });
  },
};

function lineOf({ slot, line, time }: LogEntry, terminal: Terminal): string {
  return narrate({ type: 'output', time, slot, line }, terminal) ?? line;
}

/** Errors: USAGE. */
function levelFrom(flag: unknown): Level | undefined {
  if (typeof flag !== 'string') return undefined;
  const level = levels.find((entry) => entry === flag);
  if (level !== undefined) return level;
  const message = `--level: there is no level "${flag}"${suggestion(flag, levels)}`;
  throw new RadiantError('USAGE', message, `Levels are ${levels.join(', ')}`);
}

function workerFrom({ flags }: Invocation): number | undefined {
  const { worker } = flags;
  if (typeof worker !== 'string') return undefined;
  if (/^\d{1,4}$/.test(worker)) return Number(worker);
  throw new RadiantError('USAGE', `--worker: "${worker}" is no worker's number`);
}

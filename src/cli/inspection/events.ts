import { suggestion } from '../../common/suggest.ts';
import { RadiantError } from '../../common/errors.ts';
import type { EventChoice } from '../../history/read.ts';
import { eventText, eventTypes, isBad } from '../../history/text.ts';
import type { FleetEvent } from '../../running/events.ts';
import { knownApp } from '../verb/known-app.ts';
import { sinceFrom, sinceOption } from '../verb/since.ts';
import type { Terminal } from '../output/terminal.ts';
import { localTime } from '../output/text.ts';
import { untilInterrupted } from '../verb/until-interrupted.ts';
import { jsonOption, nameFrom, nameOption, type Verb } from '../verb/verb.ts';

/** So many events of before are shown when the new ones are followed. */
const before = 20;
const shownOutput = 10;

export const events: Verb = {
  name: 'events',
  summary: 'Show what has happened to an app: starts, exits, scalings, deploys, each with its cause',
  args: [],
  options: {
    name: nameOption,
    since: sinceOption,
    type: {
      summary: `Only these: ${historic().join(', ')}; several with commas`,
      placeholder: 'TYPE',
      multiple: true,
    },
    follow: { summary: 'Go on with new events until Ctrl-C', short: 'f' },
    json: { ...jsonOption, summary: 'Print each event as a line of JSON' },
  },
  examples: ['events --since 1h', 'events --type exit,rollout', 'events -f --json'],
  run: async (invocation) => {
    const { flags, terminal, homes } = invocation;
    const choice: EventChoice = { since: sinceFrom(invocation), types: typesFrom(flags.type) };
    const { run } = await knownApp(homes, nameFrom(invocation));
    const { followEvents, lastEvents, readEvents } = await import('../../history/read.ts');
    const show = (event: FleetEvent): void => {
      if (flags.json) terminal.print(JSON.stringify(event));
      else for (const line of eventLines(event, terminal)) terminal.print(line);
    };
    if (!flags.follow) {
      for await (const event of readEvents(run.history, choice)) show(event);
      return 0;
    }
    const [first] = await lastEvents(run.history, before, choice);
    const from = { ...choice, since: choice.since ?? first?.time };
    return untilInterrupted(async (signal) => {
      for await (const event of followEvents(run.history, from, signal)) show(event);
    });
  },
};

/** What the journal holds. */
function historic(): string[] {
  return eventTypes.filter((type) => type !== 'output');
}

/** Errors: USAGE. */
function typesFrom(flag: unknown): Set<string> | undefined {
  if (!Array.isArray(flag)) return undefined;
  const types = flag.flatMap((text) => String(text).split(',')).map((text) => text.trim());
  for (const type of types) {
    if (historic().includes(type)) continue;
    const message = `--type: there are no events "${type}"${suggestion(type, historic())}`;
    throw new RadiantError('USAGE', message, `Types are ${historic().join(', ')}`);
  }
  return new Set(types);
}

/** What belongs to an event beside its line. */
function below(event: FleetEvent): readonly string[] {
  if (event.type === 'hang' || event.type === 'fault') return event.stack;
  return event.type === 'exit' && !event.expected ? event.output.slice(-shownOutput) : [];
}

/** An event with its time, and under it a worker's last lines, or where it hangs. */
export function eventLines(event: FleetEvent, terminal: Terminal): string[] {
  const text = terminal.foreign(eventText(event));
  const time = terminal.style('dim', localTime(event.time));
  return [
    `${time}  ${isBad(event) ? terminal.style('red', text) : text}`,
    ...below(event).map((line) => terminal.style('dim', `    ${terminal.foreign(line)}`)),
  ];
}

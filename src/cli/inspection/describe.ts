import { join } from 'node:path';
import { RadiantError } from '../../common/errors.ts';
import { causeText } from '../../history/text.ts';
import type { LogEntry } from '../../logs/app-logs.ts';
import { runFolder, type RunFolder } from '../../disk/run-folder.ts';
import type { FleetEvent } from '../../running/events.ts';
import type { WorkerStatus } from '../../running/status.ts';
import { eventLines } from './events.ts';
import { processFacts, type ProcessFacts } from './process-facts.ts';
import { coloured } from '../output/app-text.ts';
import type { Terminal } from '../output/terminal.ts';
import { bytes, count, duration, localTime } from '../output/text.ts';
import { jsonOption, nameFrom, nameOption, type Verb } from '../verb/verb.ts';

const shownEvents = 10;
const shownExits = 5;
const shownLines = 10;

/** All that is known of a worker. */
interface Description {
  worker: WorkerStatus;
  cause?: string;
  process: ProcessFacts;
  logFile: string;
  exits: Extract<FleetEvent, { type: 'exit' }>[];
  events: FleetEvent[];
  lines: LogEntry[];
}

export const describe: Verb = {
  name: 'describe',
  summary: 'Show all about one worker',
  args: ['N'],
  options: { name: nameOption, json: jsonOption },
  examples: ['describe 2', 'describe 1 --name shop --json'],
  run: async (invocation) => {
    const { args, flags, terminal, homes } = invocation;
    const [slot = ''] = args;
    if (!/^\d{1,4}$/.test(slot)) {
      throw new RadiantError(
        'USAGE',
        `describe: "${slot}" is no worker's number`,
        'For instance: `radiant describe 1`',
      );
    }
    const { findApp } = await import('../../control/discover.ts');
    const { name, status } = await findApp(homes, nameFrom(invocation));
    const workers = status.workers.filter((worker) => worker.slot === Number(slot));
    if (workers.length === 0) {
      const message = `${name} has no worker ${slot}; there are ${[...new Set(status.workers.map((worker) => worker.slot))].join(', ')}`;
      throw new RadiantError('OPERATION_FAILED', message);
    }
    const run = runFolder(homes, name);
    const all = await Promise.all(workers.map((worker) => described(run, worker)));
    if (flags.json) terminal.print(JSON.stringify(all.length === 1 ? all[0] : all, null, 2));
    else for (const one of all) for (const line of descriptionLines(one, terminal)) terminal.print(line);
    return 0;
  },
};

async function described(run: RunFolder, worker: WorkerStatus): Promise<Description> {
  const { slot, release, pid } = worker;
  const [{ lastEvents }, { lastLines }] = await Promise.all([
    import('../../history/read.ts'),
    import('../../logs/app-logs.ts'),
  ]);
  const [starts, exits, events, lines] = await Promise.all([
    lastEvents(run.history, 100, { slot, types: new Set(['starting']) }),
    lastEvents(run.history, shownExits, { slot, types: new Set(['exit']) }),
    lastEvents(run.history, shownEvents, { slot }),
    lastLines(run.releases, shownLines, { slot }),
  ]);
  const start = starts.findLast((event) => event.type === 'starting' && event.pid === pid);
  return {
    worker,
    ...(start?.type === 'starting' && { cause: start.cause }),
    process: pid === null ? {} : processFacts(pid),
    logFile: join(run.releases, String(release), 'log', `${slot}.log`),
    exits: exits.filter((event) => event.type === 'exit'),
    events,
    lines,
  };
}

function descriptionLines(description: Description, terminal: Terminal): string[] {
  const { worker, cause, process: facts, logFile, exits, events, lines } = description;
  const { openFiles = {} } = facts;
  const rows: [string, string | undefined][] = [
    ['state', coloured(worker.state, terminal) + (worker.leader ? ' (leader)' : '')],
    ['pid', worker.pid === null ? undefined : String(worker.pid)],
    ['up', worker.pid === null ? undefined : duration(worker.uptimeSeconds)],
    ['started because of', cause === undefined ? undefined : causeText(cause)],
    ['release', String(worker.release)],
    ['node', worker.nodeVersion],
    ['socket', worker.socketPath],
    ['connections', String(worker.connections)],
    ['websockets', String(worker.websockets)],
    ['long polls', String(worker.longPolls)],
    ['requests', String(worker.requests)],
    ['memory', bytes(worker.rssBytes)],
    ['event loop', `${Math.round(worker.eventLoopUtilization * 100)} %`],
    [
      'open files',
      openFiles.now === undefined ? undefined : `${openFiles.now} of ${openFiles.limit ?? 'any number'}`,
    ],
    ['restarts', count(worker.restarts, 'time') + ' after a death'],
    ['command', facts.command && terminal.foreign(facts.command.join(' '))],
    ['environment', facts.environment && terminal.foreign(facts.environment.join(' '))],
    ['log file', logFile],
  ];
  const width = Math.max(...rows.map(([head]) => head.length));
  return [
    terminal.style('bold', `worker ${worker.slot}`),
    ...rows.flatMap(([head, text]) => (text === undefined ? [] : `  ${head.padEnd(width)}  ${text}`)),
    ...section(
      'last exits',
      exits.flatMap((event) => eventLines(event, terminal)),
      terminal,
    ),
    ...section(
      'last events',
      events.filter(({ type }) => type !== 'exit').flatMap((event) => eventLines(event, terminal)),
      terminal,
    ),
    ...section(
      'last lines',
      lines.map(({ time, line }) => `${terminal.style('dim', localTime(time))}  ${terminal.foreign(line)}`),
      terminal,
    ),
    '',
  ];
}

function section(title: string, lines: readonly string[], terminal: Terminal): string[] {
  if (lines.length === 0) return [];
  return ['', terminal.style('bold', title), ...lines.map((line) => `  ${line}`)];
}

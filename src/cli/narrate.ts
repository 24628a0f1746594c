import type { FleetEvent, Status } from '../supervisor/types.ts';
import { adminLines, coloured } from './status.ts';
import type { Terminal } from './terminal.ts';
import { bytes, table, took } from './text.ts';

const palette = [
  'cyan',
  'magenta',
  'blue',
  'yellow',
  'green',
  'cyanBright',
  'magentaBright',
  'blueBright',
] as const;

/** An event as a line for the terminal; undefined for those that say nothing new to a human. */
export function narrate(event: FleetEvent, terminal: Terminal): string | undefined {
  switch (event.type) {
    case 'output':
      return `${terminal.style(palette[(event.slot - 1) % palette.length] ?? 'cyan', `${event.slot} |`)} ${event.line}`;
    case 'ready':
      return `worker ${event.slot} ready in ${took(event.startedInMs)} (pid ${event.pid})`;
    case 'exit':
      if (event.expected) return `worker ${event.slot} stopped`;
      return terminal.style('red', `worker ${event.slot} (pid ${event.pid}) ended: ${event.reason}`);
    case 'retry':
      return retry(event, terminal);
    case 'notice':
      return event.slot > 0 ? `worker ${event.slot}: ${event.text}` : event.text;
    default:
      return undefined;
  }
}

function retry(event: FleetEvent & { type: 'retry' }, terminal: Terminal): string {
  const when = event.inMs < 100 ? 'now' : `in ${took(event.inMs)}`;
  if (!event.failing) return `worker ${event.slot} starts again ${when}`;
  return terminal.style('red', `worker ${event.slot} keeps ending soon after its start; next try ${when}`);
}

/** What stands above the app's output once the app is up. */
export function readyLines(status: Status, terminal: Terminal): string[] {
  const rows = status.workers.map(({ slot, pid, state, nodeVersion, rssBytes, socketPath }) => [
    String(slot),
    String(pid ?? '-'),
    coloured(state, terminal),
    nodeVersion,
    bytes(rssBytes),
    socketPath,
  ]);
  const head = ['worker', 'pid', 'state', 'node', 'memory', 'socket'];
  const title = `${terminal.style('bold', status.name)} is ready at ${terminal.style('bold', status.url)}`;
  const page = adminLines(status);
  return ['', title, ...page, '', ...table(head, rows, terminal.columns), ''];
}

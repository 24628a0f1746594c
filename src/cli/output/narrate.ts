import { eventText } from '../../history/text.ts';
import type { FleetEvent } from '../../running/events.ts';
import type { Status } from '../../running/status.ts';
import { adminLines, coloured } from './app-text.ts';
import type { Terminal } from './terminal.ts';
import { bytes, table } from './text.ts';

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
  const said = (told: FleetEvent): string => terminal.foreign(eventText(told));
  switch (event.type) {
    case 'output':
      return `${terminal.style(palette[(event.slot - 1) % palette.length] ?? 'cyan', `${event.slot} |`)} ${event.line}`;
    case 'ready':
    case 'drained':
    case 'scaled':
    case 'notice':
      return said(event);
    case 'certificate':
      return terminal.style(event.step === 'issued' ? 'green' : 'yellow', said(event));
    case 'limit':
    case 'memory':
      return terminal.style('yellow', said(event));
    case 'exit':
      return event.expected ? said(event) : terminal.style('red', said(event));
    case 'retry':
      return event.failing ? terminal.style('red', said(event)) : said(event);
    default:
      return undefined;
  }
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

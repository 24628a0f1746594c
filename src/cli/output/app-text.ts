import type { MaintenanceStatus, Status } from '../../running/status.ts';
import type { Terminal } from './terminal.ts';
import { clock } from './text.ts';

const colours = { ready: 'green', running: 'green', failing: 'red', waiting: 'yellow' } as const;

/** A state in its colour; those that pass by themselves have none. */
export function coloured(state: string, terminal: Terminal): string {
  return Object.hasOwn(colours, state)
    ? terminal.style(colours[state as keyof typeof colours], state)
    : state;
}

/** Where the page for operators is, and its token: never the token itself. */
export function adminLines({ admin }: Pick<Status, 'admin'>): string[] {
  if (admin === undefined) return [];
  const where = admin.tokenFile === undefined ? 'in the configuration' : `in ${admin.tokenFile}`;
  return [`page: ${admin.url}; its token is ${where}`];
}

/** What visitors get while the app rests. */
export function maintenanceText({ since, retryAfter, ownPage, close }: MaintenanceStatus): string {
  const page = ownPage ? 'a page of your own' : 'the built-in page';
  const sessions = close ? 'open sessions were closed' : 'open sessions stay';
  return `maintenance since ${clock(since)}: visitors get ${page} (503, Retry-After ${retryAfter}); ${sessions}`;
}

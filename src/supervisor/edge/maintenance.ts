import { isoDate } from '../../common/dates.ts';
import { RadiantError, reasonOf } from '../../common/errors.ts';
import { mendKept, readKept, writeKept } from '../../disk/kept-file.ts';
import type { SupervisorMessage } from '../../protocol/messages.ts';
import type { EventBus } from '../events/event-bus.ts';
import type { MaintenanceRequest } from '../../running/operations.ts';
import type { MaintenanceStatus } from '../../running/status.ts';
import type { Worker } from '../workers/worker.ts';

/** What visitors see where no page of the user's own is given. It needs nothing but itself. */
export const maintenancePage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Back soon</title>
<style>
:root { color-scheme: light dark; --ground: #f6f7f9; --ink: #1c2330; --soft: #5a6475; --line: #3b6fd4; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #12161d; --ink: #e8ecf3; --soft: #9aa5b8; --line: #7fa6f5; }
}
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--ground); color: var(--ink);
  font: 1.0625rem/1.6 system-ui, sans-serif; }
main { max-width: 30rem; margin: 2rem; padding-left: 1.5rem; border-left: 4px solid var(--line); }
h1 { margin: 0 0 0.5rem; font-size: 1.75rem; line-height: 1.2; }
p { margin: 0; color: var(--soft); }
</style>
</head>
<body>
<main>
<h1>We will be back soon</h1>
<p>This site is being worked on. Please try again in a few minutes.</p>
</main>
</body>
</html>
`;

/** What is kept on disk, so that it outlives supervisors, workers and releases. */
interface Kept {
  /** ISO 8601. */
  since: string;
  retryAfter: number;
  /** HTML; null: the built-in one. */
  page: string | null;
  close: boolean;
}

/** Whether visitors get the maintenance page instead of the app; tells the workers, which answer. */
export class Maintenance {
  readonly #file: string;
  readonly #events: EventBus;
  readonly #told = new Set<Worker>();
  #kept: Kept | undefined;

  constructor(file: string, events: EventBus) {
    this.#file = file;
    this.#events = events;
    this.#kept = this.#read();
  }

  get status(): MaintenanceStatus | undefined {
    if (this.#kept === undefined) return undefined;
    const { since, retryAfter, page, close } = this.#kept;
    return { since, retryAfter, ownPage: page !== null, close };
  }

  /** What visitors get; undefined while the app is open to them. */
  get notice(): { page: string; retryAfter: number } | undefined {
    return this.#kept && { page: this.#kept.page ?? maintenancePage, retryAfter: this.#kept.retryAfter };
  }

  /** What a worker must hear before it takes clients. */
  tell(worker: Worker): void {
    for (const other of this.#told) if (other.inbox === undefined) this.#told.delete(other);
    this.#told.add(worker);
    worker.send(this.#message);
  }

  /**
   * Puts the page up (anew, if it is up already), or takes it down; resolves when that is on disk and the workers have
   * been told. Errors: OPERATION_FAILED when it cannot be kept; nothing has changed then.
   */
  async set(request: MaintenanceRequest): Promise<MaintenanceStatus | undefined> {
    const { on, page = null, retryAfter, close } = request;
    const since = this.#kept?.since ?? isoDate();
    const kept = on ? { since, retryAfter, page, close } : undefined;
    try {
      await writeKept(this.#file, JSON.stringify(kept ?? null));
    } catch (error) {
      throw new RadiantError('OPERATION_FAILED', `maintenance cannot be kept: ${reasonOf(error)}`);
    }
    this.#kept = kept;
    for (const worker of this.#told) worker.send(this.#message);
    this.#events.happened({ type: 'maintenance', on, ...(on && { ownPage: page !== null, close }) });
    return this.status;
  }

  get #message(): SupervisorMessage {
    const { notice } = this;
    if (notice === undefined) return { type: 'maintenance', page: null, retryAfter: 0, close: false };
    return { type: 'maintenance', ...notice, close: this.#kept!.close };
  }

  #read(): Kept | undefined {
    try {
      const { value, damage } = readKept(this.#file, parse);
      if (damage !== undefined) void this.#mend(damage);
      return value;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      this.#say(`whether maintenance was on cannot be read, so it is off: ${reasonOf(error)}`);
      return undefined;
    }
  }

  async #mend(damage: string): Promise<void> {
    this.#say(await mendKept(this.#file, damage).catch((error: unknown) => reasonOf(error)));
  }

  #say(text: string): void {
    console.error(text);
    this.#events.happened({ type: 'notice', slot: 0, text });
  }
}

/** undefined while it is off. */
function parse(text: string): Kept | undefined {
  const kept = JSON.parse(text) as Kept | null;
  if (kept !== null && typeof kept.retryAfter !== 'number')
    throw new Error('it does not describe maintenance');
  return kept ?? undefined;
}

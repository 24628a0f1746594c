import type { Config } from '../../config/types.ts';
import type { ProcessRecord } from '../../machine/worker-record.ts';
import type { Happening } from '../events/event-bus.ts';
import { anyHasVariable, groupLeftBy } from './process-group.ts';
import { slotVariable } from '../workers/worker-plan.ts';
import type { Worker } from '../workers/worker.ts';

const lookEveryMs = 100;

export interface LeftChildrenEvents {
  happened(event: Happening): void;
  /** Nobody is left. */
  wake(): void;
}

/**
 * Ends what workers leave behind in their process groups: child processes that nobody looks after any more. Who has made a
 * session of its own (setsid(2), `detached` in Node) has said that it is to live on.
 */
export class LeftChildren {
  readonly #config: Pick<Config, 'killTimeout' | 'keepChildren'>;
  readonly #events: LeftChildrenEvents;
  /** Groups, by the pid that has led them, with those who were in them at the last look. */
  readonly #groups = new Map<number, { members: ProcessRecord[]; killAt: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(config: Pick<Config, 'killTimeout' | 'keepChildren'>, events: LeftChildrenEvents) {
    this.#config = config;
    this.#events = events;
  }

  /** Nobody is being ended. */
  get none(): boolean {
    return this.#groups.size === 0;
  }

  /** Tells what a worker that has just ended has left. */
  end({ slot, record: { pid } }: Pick<Worker, 'slot' | 'record'>): void {
    const count = this.#tell(pid, groupLeftBy(pid));
    if (count === 0) return;
    const text = `${count} of its child processes ${count === 1 ? 'is' : 'are'} left, and told to end`;
    this.#events.happened({ type: 'notice', slot, text });
  }

  /** The same for a worker that died while no supervisor lived: its number may be another group's since. */
  endLater(leader: number): void {
    const members = groupLeftBy(leader);
    if (anyHasVariable(members, slotVariable)) this.#tell(leader, members);
  }

  /** Gives how many processes that are. */
  #tell(leader: number, members: ProcessRecord[]): number {
    if (this.#config.keepChildren || members.length === 0) return 0;
    signal(leader, 'SIGTERM');
    this.#groups.set(leader, { members, killAt: performance.now() + this.#config.killTimeout });
    this.#timer ??= setInterval(() => this.#look(), lookEveryMs).unref();
    return members.length;
  }

  /** Kills all that are being ended. */
  kill(): void {
    for (const group of this.#groups.values()) group.killAt = 0;
    this.#look();
  }

  #look(): void {
    for (const [leader, group] of this.#groups) {
      // It is still that group as long as one of these has been in it all the time.
      const left = new Map(groupLeftBy(leader).map((member) => [member.pid, member.startTime]));
      const still = group.members.some(({ pid, startTime }) => left.get(pid) === startTime);
      const late = performance.now() >= group.killAt;
      if (still && late) signal(leader, 'SIGKILL');
      if (!still || late) this.#groups.delete(leader);
      else group.members = [...left].map(([pid, startTime]) => ({ pid, startTime }));
    }
    if (!this.none || this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#events.wake();
  }
}

function signal(group: number, name: NodeJS.Signals): void {
  try {
    process.kill(-group, name);
  } catch {
    // The last of it has just ended.
  }
}

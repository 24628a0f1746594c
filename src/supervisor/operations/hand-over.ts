import type http from 'node:http';
import { RadiantError } from '../../common/errors.ts';
import { handedOver, type Successor } from '../../keeper/orders.ts';
import type { Code } from '../../running/operations.ts';
import type { EventBus } from '../events/event-bus.ts';

/** What hands over. */
export interface Leaving {
  /** It is about to end, and its workers go on. `forced`: there is no keeper any more. Errors: OPERATION_FAILED. */
  leave(forced: boolean): void;
}

/** The end of a supervisor whose workers go on: the next one finds them as it would after a crash. */
export class HandOver {
  readonly #supervisor: Leaving;
  readonly #events: EventBus;
  readonly #asked = Promise.withResolvers<void>();

  constructor(supervisor: Leaving, events: EventBus) {
    this.#supervisor = supervisor;
    this.#events = events;
  }

  /** Resolves when another supervisor shall follow. */
  get asked(): Promise<void> {
    return this.#asked.promise;
  }

  /**
   * Without a `successor` it is a new keeper that asks, and brings the next one itself. Errors: OPERATION_FAILED while
   * the app stops, a deploy is on its way, or nobody is there to start the successor.
   */
  begin(successor: Code | undefined): void {
    if (successor !== undefined && !process.connected) {
      const remedy =
        '`radiant start`, as the app was started, takes it over with the version that is installed';
      throw new RadiantError('OPERATION_FAILED', 'The keeper of the app has died', remedy);
    }
    this.#supervisor.leave(successor === undefined);
    if (successor !== undefined) process.send!({ successor } satisfies Successor, undefined, {}, () => {});
    this.#asked.resolve();
  }

  /** Ends this process. The names of the workers' sockets stay, and all that the next one needs. */
  end(control: http.Server): void {
    this.#events.happened({ type: 'supervisor', step: 'hands over', pid: process.pid });
    control.close(() => process.exit(handedOver));
  }
}

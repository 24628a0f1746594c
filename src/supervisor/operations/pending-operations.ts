import { RadiantError } from '../../common/errors.ts';

interface Wait {
  reached: () => boolean;
  concerns: (slot: number) => boolean;
  resolve: () => void;
  fail: (reason: string) => void;
  leave: (reason: string) => void;
}

/** The operations that wait for the fleet to get somewhere. */
export class PendingOperations {
  #waits: Wait[] = [];

  /**
   * Resolves as soon as `reached` is true, which may be now: then nothing will change. Errors: OPERATION_FAILED with
   * what `giveUp` makes of the reason, which also takes back what was wanted. `concerns`: the slots that it waits for.
   */
  until(
    reached: () => boolean,
    giveUp: (reason: string) => string,
    concerns: Wait['concerns'] = () => true,
  ): Promise<void> {
    if (reached()) return Promise.resolve();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (text: string): void =>
      reject(new RadiantError('OPERATION_FAILED', text, 'See `radiant status` for its last output.'));
    const wait: Wait = { reached, concerns, resolve, leave, fail: (reason) => leave(giveUp(reason)) };
    this.#waits.push(wait);
    return promise;
  }

  /** The fleet has changed. */
  look(): void {
    this.#waits = this.#waits.filter((wait) => {
      if (!wait.reached()) return true;
      wait.resolve();
      return false;
    });
  }

  /** The last one first: each takes back what it has changed. */
  fail(reason: string): void {
    for (const wait of this.#waits.splice(0).toReversed()) wait.fail(reason);
  }

  /** A slot's new worker does not start: what waits for others goes on. */
  slotFailed(slot: number, reason: string): void {
    const failed = this.#waits.filter(({ concerns }) => concerns(slot));
    this.#waits = this.#waits.filter((wait) => !failed.includes(wait));
    for (const wait of failed.toReversed()) wait.fail(reason);
  }

  /** Another supervisor goes on with what was asked for: nothing is taken back. */
  leave(reason: string): void {
    for (const wait of this.#waits.splice(0)) wait.leave(reason);
  }
}

import { RadiantError } from '../errors.ts';

interface Wait {
  reached: () => boolean;
  resolve: () => void;
  fail: (reason: string) => void;
}

/** The operations that wait for the fleet to get somewhere. */
export class Waits {
  #waits: Wait[] = [];

  /**
   * Resolves as soon as `reached` is true. Errors: OPERATION_FAILED with what `giveUp` makes of the reason, which
   * also takes back what was wanted.
   */
  until(reached: () => boolean, giveUp: (reason: string) => string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const wait: Wait = {
      reached,
      resolve,
      fail: (reason) =>
        reject(
          new RadiantError('OPERATION_FAILED', giveUp(reason), 'See `radiant status` for its last output.'),
        ),
    };
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

  fail(reason: string): void {
    for (const wait of this.#waits.splice(0)) wait.fail(reason);
  }
}

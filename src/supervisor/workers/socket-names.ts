import { swapLink } from '../../disk/swap-link.ts';
import type { Config } from '../../config/types.ts';
import type { RunFolder } from '../../disk/run-folder.ts';
import { removeEntry } from '../../disk/foreign-folder.ts';
import { mostSlots, slotsNamed, stableName } from '../../disk/socket-name.ts';

/** A worker that takes clients: its slot, and its own socket. */
export interface Living {
  slot: number;
  socket: string;
}

/**
 * The worker of `living`, the oldest first, that a slot's name leads to: one of its own, or else one of the others, each
 * name to another.
 */
export const leadsTo = <T extends { readonly slot: number }>(
  slot: number,
  living: readonly T[],
): T | undefined => living.findLast((worker) => worker.slot === slot) ?? living[(slot - 1) % living.length];

/**
 * The stable names of an app's slots: links that always lead to a live worker, if there is one. A proxy in front knows
 * all of them from the start, so the names of empty slots are there too, spread over the workers that live.
 */
export class SocketNames {
  readonly #config: Config;
  readonly #run: RunFolder;
  readonly #failed: (slot: number, error: unknown) => void;
  /** Where each slot's name leads. */
  readonly #targets = new Map<number, string | undefined>();

  /** `failed` is told of a name that cannot be set (a full disk): the public sockets go on without it. */
  constructor(config: Config, run: RunFolder, failed: (slot: number, error: unknown) => void) {
    this.#config = config;
    this.#run = run;
    this.#failed = failed;
    const named = Array.from({ length: mostSlots(config) }, (_, index) => index + 1);
    for (const slot of [...named, ...slotsNamed(config, run.folder)]) this.#targets.set(slot, undefined);
  }

  /** Leads a slot's name to a socket in one step: a connect at any moment reaches the old or the new. */
  point(slot: number, socket: string): void {
    const stable = stableName(this.#config, this.#run.folder, slot);
    try {
      swapLink(stable, socket);
      this.#targets.set(slot, socket);
    } catch (error) {
      this.#targets.set(slot, undefined); // tried again with the next change
      this.#failed(slot, error);
    }
  }

  /** Workers have come or gone: names that lead to none of a slot's own change. */
  spread(living: readonly Living[]): void {
    if (living.length === 0) return;
    for (const [slot, target] of this.#targets) {
      const own = living.filter((worker) => worker.slot === slot);
      if (own.some(({ socket }) => socket === target)) continue;
      const heir = leadsTo(slot, living)!;
      if (heir.socket !== target) this.point(slot, heir.socket);
    }
  }

  /** The app has stopped. */
  remove(): void {
    for (const slot of this.#targets.keys()) {
      const stable = stableName(this.#config, this.#run.folder, slot);
      for (const path of [stable, `${stable}.new`]) removeEntry(path);
    }
  }
}

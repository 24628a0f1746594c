/** The state of one slot that outlives its workers: how often they died, when the next one may start. */
export interface Slot {
  restarts: number;
  /** Deaths in a row, each soon after the start. */
  quickDeaths: number;
  /** Not before this time (`performance.now()`). */
  retryAt: number;
  failing: boolean;
  lastExit?: { reason: string; output: string[] };
}

export const newSlot = (): Slot => ({ restarts: 0, quickDeaths: 0, retryAt: 0, failing: false });

/** The slots that ever had a worker, by their number. */
export class Slots extends Map<number, Slot> {
  /** The slot, made when it is asked for first. */
  at(number: number): Slot {
    const slot = this.get(number) ?? newSlot();
    this.set(number, slot);
    return slot;
  }
}

/** A worker that lived for so long has started well: its death is a new story. */
const settledMs = 10_000;
const firstDelayMs = 1_000;
const longestDelayMs = 30_000;
const failingAfter = 5;
/** An app that has never come up will hardly do so at the fifth try, and somebody waits for the answer. */
const failingAfterAtFirst = 3;

/**
 * What a worker's death means for its slot: at once the first time, with growing delays after, and `failing`,
 * retried slowly, when that goes on. Returns the new slot; `retryAt` is counted from `now`.
 */
export function afterDeath(slot: Slot, livedMs: number, everReady: boolean, now: number): Slot {
  const quickDeaths = livedMs < settledMs ? slot.quickDeaths + 1 : 1;
  const failing = quickDeaths >= (everReady ? failingAfter : failingAfterAtFirst);
  const delay = quickDeaths === 1 ? 0 : Math.min(longestDelayMs, firstDelayMs * 2 ** (quickDeaths - 2));
  return { ...slot, quickDeaths, failing, retryAt: now + (failing ? longestDelayMs : delay) };
}

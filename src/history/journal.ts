import { appendFileSync, renameSync, statSync } from 'node:fs';
import { reasonOf } from '../common/errors.ts';
import { compress } from '../logs/compress.ts';
import { liveNumber, oldPieces, piecePath, removeOld } from '../logs/pieces.ts';
import type { FleetEvent } from '../running/events.ts';

/** 4 MB are some 40,000 events; with the old pieces that is the history of months. */
const maxBytes = 4 << 20;
const keptPieces = 5;

/**
 * Writes what happens to the fleet into a file, one event a line as JSON; all but the app's output, which has files of
 * its own. Each event is written before the next thing happens, so that a supervisor's death loses none.
 */
export class Journal {
  readonly #path: string;
  readonly #maxBytes: number;
  #size: number;
  #broken = false;

  constructor(path: string, size: number = maxBytes) {
    this.#path = path;
    this.#maxBytes = size;
    this.#size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Never throws: a full disk must not end the supervisor. */
  note(event: FleetEvent): void {
    if (event.type === 'output') return;
    const line = `${JSON.stringify(event)}\n`;
    try {
      if (this.#size > this.#maxBytes) this.#rotate();
      appendFileSync(this.#path, line, { mode: 0o640 });
      this.#size += Buffer.byteLength(line);
      this.#broken = false;
    } catch (error) {
      if (!this.#broken) console.error(`${this.#path} cannot be written: ${reasonOf(error)}`);
      this.#broken = true;
    }
  }

  #rotate(): void {
    const old = piecePath(this.#path, liveNumber(oldPieces(this.#path)));
    renameSync(this.#path, old);
    this.#size = 0;
    compress(old).catch((error: unknown) => console.error(`${old} stays as it is: ${reasonOf(error)}`));
    removeOld(this.#path, keptPieces);
  }
}

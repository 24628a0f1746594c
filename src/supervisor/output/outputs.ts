import { appendFileSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../config/types.ts';
import { type RotationLimits, Rotation } from '../../logs/rotation.ts';
import { Output } from './output.ts';
import { Marks } from '../../logs/marks.ts';

const lookEveryMs = 60_000;

/** Rotates what this supervisor itself and those before it have written, which is their standard output. */
export function rotateOwnLog(path: string, limits: RotationLimits): void {
  const marks = new Marks(path);
  const rotation = new Rotation(path, limits, marks);
  const look = (): void => {
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size > 0 && marks.ageMs === undefined) marks.note(0, size);
    void rotation.look();
  };
  look();
  setInterval(look, lookEveryMs).unref();
}

export const logLimits = ({ logSize, logKeep, logAge }: Config): RotationLimits => ({
  size: logSize,
  keep: logKeep,
  age: logAge,
});

/** Where a worker sits: two releases have a worker in the same slot while one takes over from the other. */
interface Seat {
  slot: number;
  release: number;
}

/** What the workers write, in one file for each slot of a release: it stays with the release for a look at it. */
export class Outputs {
  readonly #releases: string;
  readonly #onLine: (slot: number, line: string) => void;
  readonly #limits: RotationLimits;
  readonly #open = new Map<string, Output>();
  readonly #timer: NodeJS.Timeout;

  constructor(releases: string, limits: RotationLimits, onLine: (slot: number, line: string) => void) {
    this.#releases = releases;
    this.#limits = limits;
    this.#onLine = onLine;
    // A log may become too old without a further line.
    this.#timer = setInterval(() => {
      for (const output of this.#open.values()) output.look();
    }, lookEveryMs).unref();
  }

  of({ slot, release }: Seat): Output {
    const folder = join(this.#releases, String(release), 'log');
    const path = join(folder, `${slot}.log`);
    const known = this.#open.get(path);
    if (known !== undefined && known.isThere) return known;
    // Somebody has removed it: the next worker gets a new one.
    known?.close();
    mkdirSync(folder, { recursive: true, mode: 0o750 });
    const output = new Output(path, this.#limits, (line) => this.#onLine(slot, line));
    this.#open.set(path, output);
    return output;
  }

  /** Adds to what a worker has written, as if it were its own; not on a full disk. */
  write(seat: Seat, text: string): void {
    try {
      appendFileSync(this.of(seat).path, text);
    } catch {
      // An event says the same.
    }
  }

  /** Lets go of the files of releases that have no worker any more. */
  keep(releases: ReadonlySet<number>): void {
    for (const [path, output] of this.#open) {
      const kept = [...releases].some((release) =>
        path.startsWith(`${join(this.#releases, String(release))}/`),
      );
      if (kept) continue;
      output.close();
      this.#open.delete(path);
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.keep(new Set());
  }
}

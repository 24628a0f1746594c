import { readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * A log is one stream of bytes in several files: the one that is written to, and older pieces beside it, named
 * `<path>.<n>`, or `<path>.<n>.gz` once they are compressed. Each new piece has a larger number, so that none is ever
 * renamed while somebody reads it.
 */
export interface Piece {
  number: number;
  path: string;
  gzip: boolean;
}

/** Where something stands in a log: the file that is written to has the number that its piece will get. */
export interface Place {
  piece: number;
  /** Bytes from the beginning of the piece, before compression. */
  offset: number;
}

export const piecePath = (path: string, number: number): string => `${path}.${number}`;

/** The old pieces that are there, the oldest first. One that is being compressed counts as not compressed. */
export function oldPieces(path: string): Piece[] {
  const pieces = new Map<number, Piece>();
  for (const name of namesBeside(path)) {
    const match = /^\.(\d+)(\.gz)?$/.exec(name.slice(basename(path).length));
    if (match === null) continue;
    const number = Number(match[1]);
    const gzip = match[2] !== undefined;
    if (gzip && pieces.has(number)) continue;
    pieces.set(number, { number, path: join(dirname(path), name), gzip });
  }
  return [...pieces.values()].toSorted((a, b) => a.number - b.number);
}

function namesBeside(path: string): string[] {
  try {
    return readdirSync(dirname(path)).filter((name) => name.startsWith(`${basename(path)}.`));
  } catch {
    return []; // no folder, so no log
  }
}

/** The number that the file which is written to will have as a piece. */
export const liveNumber = (pieces: readonly Piece[]): number => (pieces.at(-1)?.number ?? 0) + 1;

/** Removes all but the newest `keep` old pieces, with what stands `beside` each of them. */
export function removeOld(path: string, keep: number, beside: (number: number) => string[] = () => []): void {
  for (const { number } of oldPieces(path).slice(0, -keep)) {
    const plain = piecePath(path, number);
    for (const file of [plain, `${plain}.gz`, ...beside(number)]) rmSync(file, { force: true });
  }
}

import { statSync } from 'node:fs';
import { Marks } from '../../logs/marks.ts';
import { Rotation, type Limits } from '../../logs/rotation.ts';

const lookEveryMs = 60_000;

/** Rotates what this supervisor itself and those before it have written, which is their standard output. */
export function rotateOwnLog(path: string, limits: Limits): void {
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

import type { KnownRelease } from './store.ts';
import type { Outcome, ReleaseSource } from '../running/release.ts';

/** A release for everyone to see: without its settings, which hold secrets. */
export interface ReleaseView {
  number: number;
  current: boolean;
  outcome: Outcome;
  source: ReleaseSource;
  nodeVersion: string;
  gitCommit: string | undefined;
  filesOf: number | undefined;
  /** What it takes on the disk, where somebody has looked; what older releases have too is theirs. */
  diskBytes: number | undefined;
  by: string;
  at: string;
}

export function publicView(
  release: KnownRelease,
  current: number | undefined,
  disk: ReadonlyMap<number, number> = new Map(),
): ReleaseView {
  const { number, source, by, at, gitCommit, filesOf, program, outcome } = release;
  const { nodeVersion } = program;
  const diskBytes = disk.get(number);
  return {
    number,
    current: number === current,
    outcome,
    source,
    nodeVersion,
    gitCommit,
    filesOf,
    diskBytes,
    by,
    at,
  };
}

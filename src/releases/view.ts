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
  by: string;
  at: string;
}

export function publicView(release: KnownRelease, current: number | undefined): ReleaseView {
  const { number, source, by, at, gitCommit, filesOf, program, outcome } = release;
  const { nodeVersion } = program;
  return { number, current: number === current, outcome, source, nodeVersion, gitCommit, filesOf, by, at };
}

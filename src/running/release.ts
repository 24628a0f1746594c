import type { Program } from './program.ts';

/** One version of an app, under a number that is never given twice. Nothing of it changes after it was staged. */
export interface Release {
  number: number;
  program: Program;
  /** The text of METEOR_SETTINGS, if the app has settings. */
  settings?: string;
  /** The file that names what the agents serve themselves: a `StaticIndex` as JSON. */
  staticIndex?: string;
  source: ReleaseSource;
  /** The commit that a bundle says it was built from. */
  gitCommit?: string;
  /** `user@host`, and when (ISO 8601). */
  by: string;
  at: string;
  /** What somebody should know of how it was staged, in a sentence. */
  notice?: string;
  /** The release whose unpacked files it uses, when it only brings other settings. */
  filesOf?: number;
}

/** Where a release came from. */
export interface ReleaseSource {
  kind: 'folder' | 'archive' | 'script' | 'settings';
  /** The file's or folder's name, without the way to it. */
  name: string;
  bytes: number;
  sha256: string;
}

/** What the last start of an app found at its path, and the release that it began with. */
export interface Started extends Pick<ReleaseSource, 'kind' | 'sha256'> {
  /** A hash of the settings. */
  settings: string;
  release: number;
}

/** What became of a release; kept beside it, since this changes. */
export interface Outcome {
  /** `staged`: never served yet; `live`: serves or has served; `failed`: never took over; `left`: went back from it. */
  state: 'staged' | 'live' | 'failed' | 'left';
  /** Why it failed or was left, with the app's last lines. */
  reason?: string;
  at: string;
}

import type { Config } from '../config/types.ts';
import type { Release, Started } from './release.ts';

/** What a supervisor is started with; kept as `app.json` (mode 0600) in the app's run folder. */
export interface Launch {
  config: Config;
  /** The one it starts with; the `current` link says which it runs after a deploy. */
  release: Release;
  /** What the start was given. */
  started: Started;
  /** Somebody watches it at a terminal: without its keeper it is to end. */
  attended: boolean;
  /** The workers' own, where Radiant's is another one. */
  umask?: number;
}

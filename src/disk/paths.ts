import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** The three places where Radiant keeps things, each of them shared by all apps of this user. */
export interface Homes {
  /** What must survive a reboot: unpacked bundles, logs. */
  state: string;
  /** What lives as long as the processes: sockets, the description of the running app. */
  run: string;
  /** What can be fetched again: Node versions, npm versions. */
  cache: string;
}

/**
 * `RADIANT_HOME` puts everything under one folder; else root uses the system's folders and everyone else
 * those of the XDG Base Directory Specification.
 */
export function homes(env: NodeJS.ProcessEnv = process.env, uid = process.getuid?.() ?? -1): Homes {
  if (env.RADIANT_HOME) {
    const home = env.RADIANT_HOME;
    return { state: join(home, 'state'), run: join(home, 'run'), cache: join(home, 'cache') };
  }
  if (uid === 0) return { state: '/var/lib/radiant', run: '/run/radiant', cache: '/var/cache/radiant' };
  const state = env.XDG_STATE_HOME || join(homedir(), '.local', 'state');
  const cache = env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const run = env.XDG_RUNTIME_DIR ? join(env.XDG_RUNTIME_DIR, 'radiant') : join(tmpdir(), `radiant-${uid}`);
  return { state: join(state, 'radiant'), run, cache: join(cache, 'radiant') };
}

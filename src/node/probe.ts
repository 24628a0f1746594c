import { realpath, stat } from 'node:fs/promises';
import { basename, isAbsolute } from 'node:path';
import { runCommand, type Identity } from './command.ts';
import { parseVersion } from '../common/version-parts.ts';

/**
 * Runs `node -v` and gives the version without a `v`; undefined when it does not run (built for another machine,
 * or the user who must run it may not) or says something else.
 */
export async function probeVersion(path: string, as?: Identity): Promise<string | undefined> {
  const { code, stdout } = await runCommand(path, ['-v'], { as, env: bareEnv(), timeout: 30_000 });
  const version = stdout.trim().replace(/^v/, '');
  return code === 0 && parseVersion(version) ? version : undefined;
}

/** Bytes. Shims are far smaller, or another program's binary by a link; Node with V8 inside it is larger. */
const nodeAtLeast = 30_000_000;

/**
 * The binary behind a `node` on PATH. Version managers put a shim there that picks a version by the current
 * folder, so a worker that is started elsewhere would run on another one. Asking takes 0.1 s, so only what may be
 * one is asked.
 */
export async function behindShim(path: string, as?: Identity): Promise<string> {
  if (await isNodeItself(path)) return path;
  const { code, stdout } = await runCommand(path, ['-p', 'process.execPath'], {
    as,
    env: bareEnv(),
    timeout: 30_000,
  });
  const real = stdout.trim();
  return code === 0 && isAbsolute(real) ? real : path;
}

async function isNodeItself(path: string): Promise<boolean> {
  const file = await realpath(path);
  return basename(file) === 'node' && (await stat(file)).size >= nodeAtLeast;
}

/** NODE_OPTIONS may hold flags that another Node version refuses to start with. */
function bareEnv(): NodeJS.ProcessEnv {
  return { ...process.env, NODE_OPTIONS: '' };
}

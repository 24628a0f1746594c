import { bootVariable, type Boot } from '../protocol/boot.ts';
import { closeSync, readFileSync } from './runtime/originals.ts';

/** A worker has an IPC channel, and a thread of it has none (Node 14 to 26). `worker_threads` would say it too, for 0.5 MB. */
const isThread = process.channel === undefined;

/** Its supervisor was killed before it had a record of this process: nobody would ever find it. */
const unknownExit = 1;

/**
 * The boot data, or undefined in everything that is no worker: the app's worker threads and child processes
 * load the agent too, because `execArgv` is inherited, and must not notice it.
 */
export function readBoot(): Boot | undefined {
  forgetPreload();
  const descriptor = process.env[bootVariable];
  if (descriptor === undefined || isThread) return undefined;
  delete process.env[bootVariable];
  const text = readFileSync(Number(descriptor), 'utf8');
  closeSync(Number(descriptor));
  const boot = parsed(text) ?? process.exit(unknownExit);
  if (typeof boot.umask === 'number') process.umask(boot.umask);
  return boot;
}

/** undefined for what was not written to its end. */
function parsed(text: string): Boot | undefined {
  try {
    return JSON.parse(text) as Boot;
  } catch {
    return undefined;
  }
}

/**
 * The app and the Node processes that it starts with its own `execArgv` are to find no trace of the agent, nor of
 * the options before it, which are Radiant's too.
 */
function forgetPreload(): void {
  const index = process.execArgv.findIndex(
    (option, i) => option === '--require' && process.execArgv[i + 1] === __filename,
  );
  if (index >= 0) process.execArgv.splice(0, index + 2);
}

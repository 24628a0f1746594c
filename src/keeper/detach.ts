import { spawn } from 'node:child_process';
import { RadiantError, type ErrorCode } from '../common/errors.ts';
import { programPath } from '../installation.ts';
import type { Homes } from '../disk/paths.ts';
import type { Launch } from '../running/launch.ts';

/** What a keeper in a process of its own answers: nothing, or why it did not start. */
export type StartReport = { error?: { code: ErrorCode; message: string; remedy: string } };

/**
 * Starts a keeper that outlives this process; resolves when its supervisor was started. Errors: those of
 * `startKeeper`. The launch, which holds secrets, travels over IPC and not in argv or the environment.
 */
export function startDetached(launch: Launch, homes: Homes): Promise<void> {
  const child = spawn(process.execPath, [programPath('keeper')], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  child.send({ launch, homes });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => {
      reject(new RadiantError('START_FAILED', `The keeper ended at its start with code ${code}`));
    });
    child.once('message', ({ error }: StartReport) => {
      child.disconnect();
      child.unref();
      if (error) reject(new RadiantError(error.code, error.message, error.remedy));
      else resolve();
    });
  });
}

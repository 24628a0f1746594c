import { spawn } from 'node:child_process';

const timeoutMs = 30_000;
/** Of what it complains, this much is kept. */
const keptBytes = 2_000;

export interface CommandInput {
  /** The folder that the command runs in. */
  folder: string;
  /** Further variables of its environment. */
  env: Record<string, string>;
  stdin: string;
}

/**
 * Has `/bin/sh` run a command that the operator has written. What an app says comes by its standard input and its
 * environment, never as part of the command. Rejects with its exit code and its last complaint.
 */
export async function runShell(command: string, { folder, env, stdin }: CommandInput): Promise<void> {
  const child = spawn('/bin/sh', ['-c', command], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-keptBytes);
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    process.kill(-child.pid!, 'SIGKILL');
  }, timeoutMs);
  child.once('error', reject);
  child.once('exit', (code, signal) => {
    clearTimeout(timer);
    const last = complaint.trim().split('\n').at(-1);
    const how = late ? `took more than ${timeoutMs / 1000} s` : `ended with ${signal ?? `code ${code}`}`;
    if (code === 0) resolve();
    else reject(new Error(`it ${how}${last ? `: ${last}` : ''}`));
  });
  child.stdin.on('error', () => {}); // it need not read
  child.stdin.end(stdin);
  await promise.finally(() => clearTimeout(timer));
}

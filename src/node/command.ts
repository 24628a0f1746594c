import { spawn } from 'node:child_process';

/** The numbers of the user and group that a child process runs as; only root may set them. */
export interface Identity {
  uid: number;
  gid: number;
}

export interface CommandOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  as?: Identity | undefined;
  /** Milliseconds after which the command is killed and counts as failed. */
  timeout?: number;
}

export interface CommandResult {
  /** 0 is success; null when it was killed or could not be started. */
  code: number | null;
  stdout: string;
  /** What it wrote to both streams, in the order in which it arrived; why it did not start, if it did not. */
  output: string;
}

/** Runs a program to its end and keeps what it says. Never rejects: `code` and `output` tell what went wrong. */
export function runCommand(
  file: string,
  args: string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { promise, resolve } = Promise.withResolvers<CommandResult>();
  const stdout: Buffer[] = [];
  const output: Buffer[] = [];
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.as === undefined ? {} : { uid: options.as.uid, gid: options.as.gid }),
  });
  // A child that outlives us would go on writing into a folder that the next start believes to be its own.
  const killChild = () => child.kill('SIGKILL');
  process.once('exit', killChild);
  // Not spawn's own `timeout`: its timer goes on for a program that could not be started (Node 24).
  const timer = options.timeout === undefined ? undefined : setTimeout(killChild, options.timeout);
  const finish = (code: number | null) => {
    clearTimeout(timer);
    process.off('exit', killChild);
    resolve({ code, stdout: text(stdout), output: text(output) });
  };
  child.stdout.on('data', (chunk: Buffer) => {
    stdout.push(chunk);
    output.push(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  child.once('error', (error) => {
    output.push(Buffer.from(error.message));
    finish(null);
  });
  child.once('close', finish);
  return promise;
}

/** The last lines of a command's output that hold something. */
export function lastLines(output: string, count: number): string {
  const lines = output.split(/\r?\n/).filter((line) => line.trim() !== '');
  return lines.slice(-count).join('\n');
}

function text(chunks: Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8');
}

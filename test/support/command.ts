import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { RunningApp } from './radiant.ts';
import { programPath } from '../../src/installation.ts';

const cli = programPath('cli');

export interface Command {
  readonly process: ChildProcess;
  /** Everything that it has printed, errors too. */
  output(): string;
  /** Resolves with its exit code. */
  readonly ended: Promise<number | null>;
}

/** Starts `radiant VERB …` for an app that runs. */
export function startCommand(
  app: RunningApp,
  args: string[],
  env: Record<string, string> = {},
  program = cli,
): Command {
  const [verb, ...rest] = args;
  const child = spawn(process.execPath, [program, verb!, '--name', app.name, ...rest], {
    env: { ...process.env, NO_COLOR: '1', RADIANT_HOME: app.home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { process: child, output: () => output, ended };
}

/** Runs `radiant VERB …` to its end. `program`: that of another installation. */
export async function runCommand(
  app: RunningApp,
  args: string[],
  program = cli,
): Promise<{ code: number | null; output: string }> {
  const command = startCommand(app, args, {}, program);
  const code = await command.ended;
  return { code, output: command.output() };
}

import { RadiantError, reasonOf } from '../../common/errors.ts';
import type { Terminal } from './terminal.ts';

/** Who is told of an error, and where stands whether all of it is wanted. */
export interface Listener {
  terminal: Terminal;
  env: NodeJS.ProcessEnv;
}

/** Of what is a fault of Radiant's. */
const unexpected = 70;

/**
 * Prints an error, and gives its exit code. Two lines, with what to do in the second. Only who asks for it sees the stack of
 * what is a fault of Radiant's.
 */
export function report(error: unknown, { terminal, env }: Listener): number {
  terminal.transient('');
  if (error instanceof RadiantError) {
    terminal.complain(`radiant: ${error.message}\n  ${error.remedy}`);
    return error.exitCode;
  }
  const stack = error instanceof Error && env.RADIANT_DEBUG ? error.stack : undefined;
  const remedy =
    'This is a fault of Radiant: please report it, with what it prints when RADIANT_DEBUG=1 is set';
  terminal.complain(`radiant: unexpected error: ${reasonOf(error)}\n  ${stack ?? remedy}`);
  return unexpected;
}

/** Ends this process with the exit code that `work` resolves with, or with that of its error, which is printed. */
export async function endWith(work: Promise<number>, listener: Listener): Promise<never> {
  // Of callbacks, which nobody awaits.
  process.on('uncaughtException', (error) => process.exit(report(error, listener)));
  const code = await work.catch((error: unknown) => report(error, listener));
  // A pipe takes 64 KB at once: what its reader has not taken would be lost by leaving.
  await listener.terminal.settled();
  process.exit(code);
}

import { setTimeout as delay } from 'node:timers/promises';
import type { Control } from '../control/client.ts';
import { RadiantError } from '../errors.ts';
import { count, took } from './text.ts';
import { nameFrom, nameOption, type Verb } from './verb.ts';

export const stop: Verb = {
  name: 'stop',
  summary: 'Stop an app: gracefully, and by force after killTimeout',
  args: [],
  options: { name: nameOption },
  examples: ['stop', 'stop --name shop'],
  run: async (invocation) => {
    const { findApp } = await import('../control/discover.ts');
    const { name, control } = await findApp(invocation.homes, nameFrom(invocation));
    invocation.terminal.transient(`stopping ${name} …`);
    const began = performance.now();
    const workers = await stopFully(control);
    invocation.terminal.print(
      `${name} stopped${workers > 0 ? ` ${count(workers, 'worker')}` : ''} in ${took(performance.now() - began)}`,
    );
    return 0;
  },
};

/** Stops the app and waits until its supervisor is gone too; how many workers were stopped. */
export async function stopFully(control: Control): Promise<number> {
  const stream = await control.events(() => {});
  const { workers } = await control.stop({}).catch((error: unknown) => {
    // It may have ended before its answer was out; whether it did shows in the next step.
    if (error instanceof RadiantError && error.code === 'NOT_RUNNING') return { workers: 0 };
    if (error instanceof RadiantError && error.cause !== undefined) return { workers: 0 };
    throw error;
  });
  await stream.ended;
  for (let tries = 0; tries < 200; tries += 1) {
    const gone = await control.status({}).then(
      () => false,
      (error: unknown) => error instanceof RadiantError && error.code === 'NOT_RUNNING',
    );
    if (gone) return workers;
    await delay(50);
  }
  throw new RadiantError('OPERATION_FAILED', 'the workers have stopped, but the supervisor still answers');
}

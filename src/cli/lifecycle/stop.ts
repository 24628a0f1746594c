import { setTimeout as delay } from 'node:timers/promises';
import type { Control } from '../../control/client.ts';
import { RadiantError } from '../../common/errors.ts';
import type { RunFolder } from '../../disk/run-folder.ts';
import { count, took } from '../output/text.ts';
import { nameFrom, nameOption, type Invocation, type Verb } from '../verb/verb.ts';

export const stop: Verb = {
  name: 'stop',
  summary: 'Stop an app: gracefully, and by force after killTimeout',
  args: [],
  options: { name: nameOption },
  examples: ['stop', 'stop --name shop'],
  run: async (invocation) => {
    const { findApp } = await import('../../control/discover.ts');
    const { terminal, homes } = invocation;
    const began = performance.now();
    const found = await findApp(homes, nameFrom(invocation)).catch((error: unknown) => {
      if (error instanceof RadiantError && silent.has(error.code)) return error;
      throw error;
    });
    if (found instanceof RadiantError) {
      const name = await stopSilent(invocation, found);
      const time = took(performance.now() - began);
      terminal.print(
        `${name} stopped in ${time}: its supervisor did not answer, and what was left was ended`,
      );
      return 0;
    }
    const { name, control } = found;
    terminal.transient(`stopping ${name} …`);
    const workers = await stopFully(control);
    terminal.print(
      `${name} stopped${workers > 0 ? ` ${count(workers, 'worker')}` : ''} in ${took(performance.now() - began)}`,
    );
    return 0;
  },
};

/** An app that does not answer is not running, or its supervisor hangs. */
const silent = new Set<RadiantError['code']>(['NOT_RUNNING', 'OPERATION_FAILED']);

/** Ends what there is of an app that does not answer; its name. Errors: `why`, when there is nothing. */
async function stopSilent(invocation: Invocation, why: RadiantError): Promise<string> {
  const [{ appsWithFolders }, { runFolder }, { endWhatIsLeft }] = await Promise.all([
    import('../../control/discover.ts'),
    import('../../disk/run-folder.ts'),
    import('../../keeper/end-left.ts'),
  ]);
  const { homes, terminal } = invocation;
  const named = nameFrom(invocation);
  const [name, ...others] = named === undefined ? await appsWithFolders(homes) : [named];
  if (name === undefined || others.length > 0) throw why;
  terminal.transient(`stopping what is left of ${name} …`);
  const run = runFolder(homes, name);
  if (!(await endWhatIsLeft(run, await killTimeoutOf(run)))) throw why;
  return name;
}

/** Its default, where what the app runs with cannot be read. */
async function killTimeoutOf(run: RunFolder): Promise<number> {
  const [{ readLaunch }, { storedConfig }] = await Promise.all([
    import('../../disk/read-launch.ts'),
    import('../../config/reading/stored.ts'),
  ]);
  const launch = await readLaunch(run).catch(() => undefined);
  return (launch?.config ?? storedConfig({ app: '' })).killTimeout;
}

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

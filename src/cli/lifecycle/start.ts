import type { Launch } from '../../running/launch.ts';
import type { Status } from '../../running/status.ts';
import { configInput, startOptions } from '../verb/app-options.ts';
import { handleSignals, interruption } from '../verb/signals.ts';
import { stopFully } from './stop.ts';
import type { Invocation, Verb } from '../verb/verb.ts';

export const start: Verb = {
  name: 'start',
  summary: 'Start an app and keep it up',
  args: ['[app]'],
  options: startOptions(),
  examples: ['start ./bundle', 'start shop.tar.gz --port 80 --workers 4 --settings settings.json --detach'],
  run: async (invocation) => {
    const { loadConfig } = await import('../../config/reading/load.ts');
    const config = await loadConfig(configInput(invocation));
    const [{ prepareLaunch }, { showProgress }, { openUmask }] = await Promise.all([
      import('../../releases/launch.ts'),
      import('../output/progress.ts'),
      import('../../machine/umask.ts'),
    ]);
    const umask = openUmask(config);
    const prepared = await prepareLaunch(config, invocation.homes, showProgress(invocation.terminal));
    const launch = {
      ...prepared,
      attended: !config.detach && (process.stdin.isTTY || process.stdout.isTTY),
      ...(umask !== undefined && { umask }),
    };
    invocation.terminal.transient('');
    return config.detach ? detached(launch, invocation) : attached(launch, invocation);
  },
};

/** In this process: as a program that holds less, where it can become one. */
async function attached(launch: Launch, invocation: Invocation): Promise<number> {
  const { becomeForeground } = await import('./become-foreground.ts');
  await invocation.terminal.settled();
  becomeForeground(launch, invocation.homes);
  const { foreground } = await import('./foreground.ts');
  return foreground(launch, invocation);
}

/** A keeper of its own goes on when this process has ended. */
async function detached(launch: Launch, invocation: Invocation): Promise<number> {
  const { startDetached } = await import('../../keeper/detach.ts');
  const interrupted = Promise.withResolvers<number>();
  const restore = handleSignals({
    stop: () => interrupted.resolve(interruption),
    restart: () => {},
    onTerminal: true,
  });
  try {
    await startDetached(launch, invocation.homes);
    const { printReady, toldStartup } = await import('./told-startup.ts');
    const { control, startup } = toldStartup(launch, invocation);
    const first = await Promise.race([startup.ready, interrupted.promise]).catch((error: unknown) => error);
    await startup.close();
    if (isStatus(first)) {
      printReady(first, invocation.terminal);
      return 0;
    }
    await stopFully(control).catch(() => {}); // the reason to stop says more than why that failed
    if (first !== interruption) throw first;
    invocation.terminal.complain(`radiant: interrupted; ${launch.config.name} was stopped again`);
    return interruption;
  } finally {
    restore();
  }
}

function isStatus(value: unknown): value is Status {
  return typeof value === 'object' && value !== null && 'workers' in value;
}

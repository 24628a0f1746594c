import type { Control } from '../../control/client.ts';
import type { FleetEvent } from '../../running/events.ts';
import type { Launch } from '../../running/launch.ts';
import type { Status } from '../../running/status.ts';
import { configInput, startOptions } from '../verb/app-options.ts';
import { narrate, readyLines } from '../output/narrate.ts';
import { handleSignals, interruption } from '../verb/signals.ts';
import { followStart, type Startup } from './startup.ts';
import { stopFully } from './stop.ts';
import type { Terminal } from '../output/terminal.ts';
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
      attended: !config.detach && onTerminal(),
      ...(umask !== undefined && { umask }),
    };
    invocation.terminal.transient('');
    return config.detach ? detached(launch, invocation) : foreground(launch, invocation);
  },
};

const onTerminal = (): boolean => process.stdin.isTTY || process.stdout.isTTY;

async function follow(
  launch: Launch,
  { homes, terminal }: Invocation,
  hear: (event: FleetEvent) => void = () => {},
): Promise<{ control: Control; startup: Startup }> {
  const [{ connectControl }, { controlSocket }] = await Promise.all([
    import('../../control/client.ts'),
    import('../../disk/run-folder.ts'),
  ]);
  const { name, workers, startTimeout } = launch.config;
  const control = connectControl(controlSocket(homes, name));
  const onEvent = (event: FleetEvent): void => {
    const line = narrate(event, terminal);
    if (line !== undefined) terminal.print(line);
    hear(event);
  };
  return {
    control,
    startup: followStart({ control, name, workers, startTimeout, onEvent }),
  };
}

/** This process is the keeper until the app has stopped. */
async function foreground(launch: Launch, invocation: Invocation): Promise<number> {
  const { terminal } = invocation;
  const [{ startKeeper }, { takeServiceManager }] = await Promise.all([
    import('../../keeper/start.ts'),
    import('../../keeper/notify.ts'),
  ]);
  const manager = takeServiceManager(invocation.env, process.pid);
  const keeper = await startKeeper(launch, invocation.homes);
  let asked = false;
  const restore = handleSignals({
    stop: (again) => {
      asked = true;
      terminal.print(again ? 'stopping at once' : 'stopping; once more stops at once');
      keeper.stop();
    },
    restart: () => keeper.restart(),
    onTerminal: onTerminal(),
  });
  const { control, startup } = await follow(launch, invocation, (event) => {
    if (event.type === 'state' && event.state === 'stopping') manager.stopping();
  });
  const unwatch = manager.watch(() => control.status({}));
  try {
    const ready = startup.ready.catch((error: unknown) => {
      if (asked) return keeper.closed; // what is stopped need not become ready any more
      throw error;
    });
    const first = await Promise.race([ready, keeper.closed]);
    if (typeof first !== 'number') {
      printReady(first, terminal);
      manager.ready();
    }
    const code = await keeper.closed;
    await startup.close();
    if (typeof first === 'number' && code !== 0 && !asked) throw startup.failure();
    terminal.print(`${launch.config.name} has stopped`);
    return code;
  } catch (error) {
    keeper.stop();
    await keeper.closed;
    await startup.close();
    throw error;
  } finally {
    unwatch();
    restore();
  }
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
    const { control, startup } = await follow(launch, invocation);
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

function printReady(status: Status, terminal: Terminal): void {
  for (const line of readyLines(status, terminal)) terminal.print(line);
}

import { takeServiceManager } from '../../keeper/notify.ts';
import { startKeeper } from '../../keeper/start.ts';
import type { Launch } from '../../running/launch.ts';
import { handleSignals } from '../verb/signals.ts';
import type { Invocation } from '../verb/verb.ts';
import { printReady, toldStartup } from './told-startup.ts';

/** This process is the keeper until the app has stopped. */
export async function foreground(
  launch: Launch,
  invocation: Pick<Invocation, 'homes' | 'terminal' | 'env'>,
): Promise<number> {
  const { terminal } = invocation;
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
    onTerminal: launch.attended,
  });
  const { control, startup } = toldStartup(launch, invocation, (event) => {
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

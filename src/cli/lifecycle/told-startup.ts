import { connectControl, type Control } from '../../control/client.ts';
import { controlSocket } from '../../disk/run-folder.ts';
import type { FleetEvent } from '../../running/events.ts';
import type { Launch } from '../../running/launch.ts';
import type { Status } from '../../running/status.ts';
import { narrate, readyLines } from '../output/narrate.ts';
import type { Terminal } from '../output/terminal.ts';
import type { Invocation } from '../verb/verb.ts';
import { followStart, type Startup } from './startup.ts';

/** Follows an app from its first moment on, and prints what happens. */
export function toldStartup(
  launch: Launch,
  { homes, terminal }: Pick<Invocation, 'homes' | 'terminal'>,
  hear: (event: FleetEvent) => void = () => {},
): { control: Control; startup: Startup } {
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

export function printReady(status: Status, terminal: Terminal): void {
  for (const line of readyLines(status, terminal)) terminal.print(line);
}

import { setTimeout as delay } from 'node:timers/promises';
import type { FleetEvent } from '../running/events.ts';
import type { Control, EventStream } from './client.ts';

/** Reads the events of one supervisor after the other, each from its first on: a new one comes when one was killed. */
export function followEvents(
  control: Control,
  listener: (event: FleetEvent) => void,
  onConnect: () => Promise<void>,
): { close(): Promise<void> } {
  const stopped = new AbortController();
  let stream: EventStream | undefined;
  const run = async (): Promise<void> => {
    for (let pause = 20; !stopped.signal.aborted; pause = Math.min(pause * 1.5, 500)) {
      try {
        stream = await control.events(listener, 0);
        pause = 20;
        await onConnect();
        await stream.ended;
      } catch {
        // nobody answers yet, or no longer: whoever started the keeper knows whether to go on waiting
      }
      await delay(pause, undefined, { signal: stopped.signal }).catch(() => {});
    }
  };
  const running = run();
  return {
    close: async () => {
      stopped.abort();
      // The last lines are in the socket already when the supervisor has ended; one that lives on is left.
      await Promise.race([stream?.ended, delay(200, undefined, { ref: false })]);
      stream?.close();
      await running;
    },
  };
}

import {
  listenerCommand,
  moveCommand,
  type ListenerMessage,
  type MoveMessage,
} from '../protocol/messages.ts';
import type { Handle } from './internals.ts';

export interface Deliveries {
  moved(message: MoveMessage, handle: Handle | undefined): void;
  listener(message: ListenerMessage, handle: Handle | undefined): void;
}

/** Receives handles over the IPC channel, unseen by the app, and keeps the channel from ending or holding it. */
export function receiveHandles(deliveries: Deliveries): void {
  process.channel?.unref();
  const internal = process as unknown as NodeJS.EventEmitter;
  internal.on('internalMessage', (message: MoveMessage | ListenerMessage, handle?: Handle) => {
    if (message.cmd === moveCommand) deliveries.moved(message, handle);
    else if (message.cmd === listenerCommand) deliveries.listener(message, handle);
  });
  const { send } = process as { send: (...args: unknown[]) => boolean };
  // Without a callback an app's message to a supervisor that just died would be an uncaught error.
  process.send = ((...args: unknown[]) => {
    if (typeof args[args.length - 1] === 'function') return Reflect.apply(send, process, args);
    return Reflect.apply(send, process, [...args, () => {}]);
  }) as NonNullable<typeof process.send>;
}

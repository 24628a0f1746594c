import {
  listenerCommand,
  moveCommand,
  sessionCommand,
  type ListenerMessage,
  type MoveMessage,
  type SessionMessage,
} from '../../protocol/messages.ts';
import { nextTick } from '../runtime/originals.ts';
import { fault } from '../runtime/guard.ts';
import { calledByChannel, type Handle } from '../runtime/internals.ts';

export interface Deliveries {
  moved(message: MoveMessage, handle: Handle | undefined): void;
  /** What was moved here cannot be served after all. */
  failed(message: MoveMessage): void;
  listener(message: ListenerMessage, handle: Handle | undefined): void;
  /** The connection of a session that is handed over. */
  session(message: SessionMessage, handle: Handle | undefined): void;
}

type Sent = (error: Error | null) => void;
type Listener = (message: unknown, handle?: Handle) => void;

// As Node made them: the app may replace what is at `process`.
const { emit, send: nodeSend, disconnect: nodeDisconnect } = process;
const receivers = process.listeners('internalMessage' as never) as Listener[];

/** The supervisor is at the other end. */
let connected = process.connected;
/** What the app is told of that: the end of a supervisor is no concern of it, so only it ends the channel for itself. */
let shown = connected;
let truthful = false;

export const ipcConnected = (): boolean => connected;

/** Node's own functions look at `process.connected` too. */
function truthfully(method: (...args: never[]) => unknown, args: unknown[]): void {
  truthful = true;
  try {
    Reflect.apply(method, process, args as never);
  } finally {
    truthful = false;
  }
}

/** Errors come to `sent` alone: a message to a supervisor that just died is no uncaught error. */
export function sendHandle(message: MoveMessage | SessionMessage, handle: Handle | null, sent: Sent): void {
  truthfully(nodeSend!, [message, handle, {}, sent]);
}

/**
 * Receives handles over the IPC channel, whatever listeners the app removes, and keeps the channel from ending or holding
 * the app: to that it stays connected, and messages to nobody are lost.
 */
export function receiveHandles(deliveries: Deliveries): void {
  process.channel?.unref();
  define('emit', function (this: NodeJS.Process, event: string, message: never, handle?: Handle) {
    if (event === 'disconnect') return false;
    if (event === 'internalMessage') {
      deliver(deliveries, message, handle);
      receive(message, handle);
    }
    return Reflect.apply(emit, this, arguments as never);
  });
  define('send', send);
  define('disconnect', disconnect);
  Object.defineProperty(process, 'connected', {
    get: () => (truthful ? connected : shown),
    set: (now: boolean) => {
      connected = now;
    },
    enumerable: true,
    configurable: true,
  });
}

const define = (name: string, value: unknown): void =>
  void Object.defineProperty(process, name, { value, writable: true, enumerable: true, configurable: true });

function deliver(
  deliveries: Deliveries,
  message: MoveMessage | ListenerMessage | SessionMessage,
  handle: Handle | undefined,
): void {
  const { cmd } = message;
  if (cmd !== moveCommand && cmd !== listenerCommand && cmd !== sessionCommand) return;
  try {
    if (cmd === moveCommand) deliveries.moved(message, handle);
    else if (cmd === sessionCommand) deliveries.session(message, handle);
    else deliveries.listener(message, handle);
  } catch (error) {
    fault('handle', error);
    handle?.close();
    if (cmd === moveCommand) deliveries.failed(message);
  }
}

/** Node's own listeners, which take the handles in, are listeners like any others. */
function receive(message: unknown, handle: Handle | undefined): void {
  const left = process.listeners('internalMessage' as never) as Listener[];
  for (const receiver of receivers) {
    if (!left.includes(receiver)) Reflect.apply(receiver, process, [message, handle]);
  }
}

/** As the app calls it. Without a callback a message to a supervisor that just died would be an uncaught error. */
function send(...args: unknown[]): boolean {
  const last = args[args.length - 1];
  const sent = typeof last === 'function' ? (last as Sent) : undefined;
  if (connected && shown) {
    return Reflect.apply(nodeSend!, process, sent === undefined ? [...args, () => {}] : args);
  }
  if (sent !== undefined) nextTick(sent, errorOf('ERR_IPC_CHANNEL_CLOSED', 'Channel closed'));
  return false;
}

/** Node itself calls it when the supervisor has ended. For the app the channel is closed then, for the agent it is not. */
function disconnect(): void {
  if (calledByChannel(disconnect)) truthfully(nodeDisconnect, []);
  else if (shown) {
    shown = false;
    nextTick(() => void Reflect.apply(emit, process, ['disconnect'] as never));
  } else {
    const error = errorOf('ERR_IPC_DISCONNECTED', 'IPC channel is already disconnected');
    Reflect.apply(emit, process, ['error', error] as never);
  }
}

const errorOf = (code: string, text: string): Error => Object.assign(new Error(text), { code });

import { spawn } from 'node:child_process';
import net from 'node:net';
import type { Address } from '../config/types.ts';
import { programPath } from '../installation.ts';
import { describeAddress, type ListeningHandle } from './bind.ts';

/** Says which socket a handle is. */
export interface Delivery {
  address: Address;
  /** How many there are in all. */
  total: number;
}

/** Where a process that delivers or receives has its channel, and what else it inherits. */
const channelFd = 3;
export const inheritedFrom = 4;

/** How long the sockets may take to arrive, in milliseconds: processes are started for it. */
const patience = 30_000;

/**
 * Sends listening sockets, by their descriptors, to whoever is at the other end of `channel`: a UNIX socket that
 * nobody reads from, or the descriptor of one. Only a process with one of Node's own channels can send them; this one
 * is made for it (NODE_CHANNEL_FD in Node's child_process documentation).
 */
export function deliver(
  channel: net.Socket | number,
  deliveries: readonly Delivery[],
  fds: readonly number[],
): void {
  const child = spawn(process.execPath, [programPath('socket-sender'), JSON.stringify(deliveries)], {
    stdio: ['ignore', 'ignore', 'inherit', channel, ...fds],
    env: { ...process.env, NODE_CHANNEL_FD: String(channelFd) },
  });
  child.on('error', () => {}); // whoever waits for it gives up
}

/** Sockets that somebody else has bound. */
export interface Received {
  readonly empty: boolean;
  /** The one of this address, once. */
  take(address: Address): ListeningHandle | undefined;
  /** Closes what nobody has taken. */
  close(): void;
}

/**
 * Gets the listening sockets that are delivered to those who connect to `path`. Handles come only through the channel
 * to a child, so a child gets them at its own channel, which is the connection, and has them delivered to this one.
 * Nothing is received where nobody answers or delivers.
 */
export async function receive(path: string): Promise<Received> {
  const held = new Map<string, ListeningHandle>();
  const connection = await connect(path);
  if (connection !== undefined) await collect(connection, held);
  return {
    empty: held.size === 0,
    take: (address) => {
      const key = describeAddress(address);
      const handle = held.get(key);
      held.delete(key);
      return handle;
    },
    close: () => {
      for (const handle of held.values()) handle.close();
    },
  };
}

/** Paused from its first moment: what comes is for the child. */
function connect(path: string): Promise<net.Socket | undefined> {
  const socket = new net.Socket().pause();
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
    socket.connect(path);
  });
}

function collect(connection: net.Socket, held: Map<string, ListeningHandle>): Promise<void> {
  // env(1) overrules the variable with which Node names a child's channel.
  const command = [`NODE_CHANNEL_FD=${channelFd}`, process.execPath, programPath('socket-receiver')];
  const child = spawn('env', command, { stdio: ['ignore', 'ignore', 'inherit', connection, 'ipc'] });
  connection.destroy();
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      end();
    }, patience);
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    child.once('error', end).once('disconnect', end);
    child.on('message', ({ address, total }: Delivery, handle) => {
      held.set(describeAddress(address), handle as unknown as ListeningHandle);
      if (held.size === total) child.disconnect();
    });
  });
}

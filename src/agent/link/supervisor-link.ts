import type net from 'node:net';

import { readLines } from '../../protocol/lines.ts';
import { supervisorMessages, type AgentMessage, type SupervisorMessage } from '../../protocol/messages.ts';
import { parseMessage } from '../../protocol/shape.ts';
import { ipcConnected } from './ipc.ts';
import { guarded } from '../runtime/guard.ts';
import { connectTo, hear } from '../runtime/sockets.ts';
import { setTimeout } from '../runtime/timers.ts';

const retryMs = 50;

/**
 * The agent's connection to its supervisor, and to the one that follows when that dies: the worker serves on
 * meanwhile. It holds no event loop open.
 *
 * It is two sockets, one for each direction. A supervisor that writes to a worker which has just been killed gets
 * an EPIPE, and Node closes the socket with all that is still unread in it: it would never hear which moves that
 * worker took, and have them served a second time.
 */
export class SupervisorLink {
  connected = false;
  readonly #path: string;
  readonly #hello: () => AgentMessage & { type: 'hello' };
  readonly #receive: (message: SupervisorMessage) => void;
  #outbox: net.Socket | undefined;
  /** What is said between the hello and the welcome. */
  #early: AgentMessage[] = [];

  constructor(
    path: string,
    hello: () => AgentMessage & { type: 'hello' },
    receive: (message: SupervisorMessage) => void,
  ) {
    this.#path = path;
    this.#hello = hello;
    this.#receive = receive;
  }

  connect(): void {
    // Both at once: an app may change its user, and could not reach the second one later.
    const [inbox, outbox] = [this.#open(), this.#open()];
    hear(outbox, 'close', () => inbox.destroy());
    hear(inbox, 'connect', () => {
      this.connected = true;
      const hello = this.#hello();
      writeTo(inbox, hello);
      const { version, token, worker } = hello;
      const take = (line: string): void => {
        const message = parseMessage(supervisorMessages, line);
        if (message?.type === 'welcome') this.#use(outbox, { type: 'outbox', version, token, worker });
        if (message) this.#receive(message);
      };
      // One that fails must not take those behind it along.
      readLines(inbox, guarded('message', take));
    });
    hear(inbox, 'close', () => {
      this.connected = false;
      this.#early = [];
      outbox.destroy();
      this.#outbox = undefined;
      this.#reconnect();
    });
  }

  #use(outbox: net.Socket, first: AgentMessage): void {
    for (const message of [first, ...this.#early.splice(0)]) writeTo(outbox, message);
    this.#outbox = outbox;
  }

  #open(): net.Socket {
    const socket = connectTo(this.#path);
    socket.unref();
    return socket;
  }

  /**
   * Only once the IPC channel has ended too: a socket may still come through it, and the hello to the next
   * supervisor says which ones were taken. That is asked again and again: Node emits no 'disconnect' for a channel
   * that ends while a handle is on its way, since it waits for the answer to that (Node 14 to 26).
   */
  #reconnect(): void {
    setTimeout(() => (ipcConnected() ? this.#reconnect() : this.connect()), retryMs).unref();
  }

  /** What is sent while nobody is there is told by the next hello, or is not worth keeping. */
  send(message: AgentMessage): void {
    if (!this.connected) return;
    if (this.#outbox === undefined) this.#early.push(message);
    else writeTo(this.#outbox, message);
  }
}

function writeTo(socket: net.Socket, message: AgentMessage): void {
  socket.write(`${JSON.stringify(message)}\n`);
}

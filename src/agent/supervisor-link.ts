import net from 'node:net';

import { readLines } from '../protocol/lines.ts';
import { supervisorMessages, type AgentMessage, type SupervisorMessage } from '../protocol/messages.ts';
import { parseMessage } from '../protocol/shape.ts';

const retryMs = 50;

/**
 * The agent's connection to its supervisor, and to the one that follows when that dies: the worker serves on
 * meanwhile. It holds no event loop open.
 */
export class SupervisorLink {
  connected = false;
  readonly #path: string;
  readonly #hello: () => AgentMessage;
  readonly #receive: (message: SupervisorMessage) => void;
  #socket: net.Socket | undefined;

  constructor(path: string, hello: () => AgentMessage, receive: (message: SupervisorMessage) => void) {
    this.#path = path;
    this.#hello = hello;
    this.#receive = receive;
  }

  connect(): void {
    const socket = net.connect(this.#path);
    socket.unref();
    this.#socket = socket;
    socket.on('connect', () => {
      this.connected = true;
      this.send(this.#hello());
    });
    readLines(socket, (line) => {
      const message = parseMessage(supervisorMessages, line);
      if (message) this.#receive(message);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.connected = false;
      this.#reconnect();
    });
  }

  /**
   * Only once the IPC channel has ended too: a socket may still come through it, and the hello to the next
   * supervisor says which ones were taken.
   */
  #reconnect(): void {
    if (process.connected) process.once('disconnect', () => this.#reconnect());
    else setTimeout(() => this.connect(), retryMs).unref();
  }

  /** What is sent while nobody is there is told by the next hello, or is not worth keeping. */
  send(message: AgentMessage): void {
    if (this.connected) this.#socket!.write(`${JSON.stringify(message)}\n`);
  }
}

import type { IncomingMessage } from 'node:http';
import type net from 'node:net';
import { setImmediate, setTimeout } from '../runtime/timers.ts';
import { hear, hearOnce } from '../runtime/sockets.ts';

/** RFC 6455, 5.2 and 7.4.1: a close frame with the code 1012, "service restart". */
const serviceRestart = Buffer.from([0x88, 0x02, 0x03, 0xf4]);
/** How long a client may take to answer the close frame. */
const goodbyeMs = 2_000;
/** Where Meteor's DDP server has its WebSockets: `/websocket` and SockJS's, behind any prefix. */
const ddpPath = /\/websocket\/?(?:\?|$)/;

/** What a connection was upgraded to: a WebSocket that may be a DDP session's, another one, or something of the app's own. */
type Protocol = 'ddp' | 'websocket' | 'other';

export const asksWebSocket = ({ headers }: IncomingMessage): boolean =>
  headers.upgrade?.toLowerCase() === 'websocket';

function protocolOf(request: IncomingMessage): Protocol {
  if (!asksWebSocket(request)) return 'other';
  return ddpPath.test(request.url!) ? 'ddp' : 'websocket';
}

/** The upgraded connections that this worker's app holds. `changed` is called with their number at each change. */
export class WebSockets {
  /** How many were ever opened. */
  opened = 0;
  readonly #open = new Map<net.Socket, Protocol>();
  readonly #leaving = new WeakSet<net.Socket>();
  readonly #changed: (open: number) => void;

  constructor(changed: (open: number) => void) {
    this.#changed = changed;
  }

  get open(): number {
    return this.#open.size;
  }

  has(socket: net.Socket): boolean {
    return this.#open.has(socket);
  }

  add(socket: net.Socket, request: IncomingMessage): void {
    this.opened += 1;
    this.#open.set(socket, protocolOf(request));
    this.#changed(this.#open.size);
    hearOnce(socket, 'close', () => {
      this.#open.delete(socket);
      this.#changed(this.#open.size);
    });
  }

  /** WebSockets that have not been told to go; without those of DDP sessions, which end with their session. */
  staying(ddpToo: boolean): net.Socket[] {
    const staying: net.Socket[] = [];
    for (const [socket, protocol] of this.#open) {
      const counts = protocol === 'websocket' || (protocol === 'ddp' && ddpToo);
      if (counts && !this.#leaving.has(socket)) staying.push(socket);
    }
    return staying;
  }

  /** Half-closes what is no WebSocket: nobody but the app knows what a farewell is there. */
  endOthers(): void {
    for (const [socket, protocol] of this.#open) {
      if (protocol !== 'other') continue;
      // The app may go on writing.
      hear(socket, 'error', () => {});
      socket.end();
    }
  }

  /** Sends the close frame 1012, and ends the connection if its client does not. */
  close(socket: net.Socket): void {
    this.#leaving.add(socket);
    closeBetweenFrames(socket);
  }
}

/** What is corked belongs to a frame whose rest comes in this turn of the event loop. */
function closeBetweenFrames(socket: net.Socket): void {
  setImmediate(() => {
    if (socket.destroyed) return;
    if (socket.writableCorked > 0) {
      closeBetweenFrames(socket);
      return;
    }
    if (socket.writable) socket.write(serviceRestart);
    setTimeout(() => socket.destroy(), goodbyeMs).unref();
  });
}

import type net from 'node:net';

/** RFC 6455, 5.2 and 7.4.1: a close frame with the code 1012, "service restart". */
const serviceRestart = Buffer.from([0x88, 0x02, 0x03, 0xf4]);
/** How long a client may take to answer the close frame. */
const goodbyeMs = 2_000;

/** The WebSockets that this worker's app holds. `changed` is called with their number at each change. */
export class WebSockets {
  readonly #open = new Set<net.Socket>();
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

  add(socket: net.Socket): void {
    this.#open.add(socket);
    this.#changed(this.#open.size);
    socket.once('close', () => {
      this.#open.delete(socket);
      this.#changed(this.#open.size);
    });
  }

  /** Closes all of them, evenly over `pace` milliseconds. */
  closeAll(pace: number): void {
    const waiting = [...this.#open];
    const started = Date.now();
    const total = waiting.length;
    const closeDue = (): void => {
      const due = pace === 0 ? total : Math.ceil((total * (Date.now() - started)) / pace);
      while (total - waiting.length < due && waiting.length > 0) closeBetweenFrames(waiting.pop()!);
      if (waiting.length > 0) setTimeout(closeDue, 20);
    };
    closeDue();
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

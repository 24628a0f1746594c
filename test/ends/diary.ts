import type net from 'node:net';

/** What happened, by the clock: it is printed where something went wrong. */
export class Diary {
  readonly #lines: string[] = [];

  note(what: string): void {
    this.#lines.push(`${new Date().toISOString().slice(11, 23)} ${what}`);
  }

  /** Notes what a connection sees of its other end. */
  watch(name: string, socket: net.Socket): void {
    socket.on('connect', () => this.note(`${name} has connected, from port ${socket.localPort}`));
    socket.on('secureConnect', () => this.note(`${name} is secured`));
    socket.on('end', () => this.note(`${name} was ended by the other side`));
    socket.on('error', ({ code, message }: NodeJS.ErrnoException) =>
      this.note(`${name} failed: ${code ?? message}`),
    );
    socket.on('close', () => this.note(`${name} has closed, ${socket.bytesRead} bytes read`));
  }

  toString(): string {
    return this.#lines.join('\n');
  }
}

import net from 'node:net';
import tls from 'node:tls';
import { parse, type Answer } from '../integration/http-raw.ts';

/** How a connection was found after the last answer. */
export type End = 'open' | 'ended' | 'reset' | 'silent';

/** Where to connect, in the clear or over TLS. */
export type Address = { port: number; host: string; secure?: boolean } | { path: string };

/** An address of one of a client's own connections: a client that is unlike all others may have many of them. */
function connect(address: Address): net.Socket {
  if (!('secure' in address) || !address.secure)
    return net.connect({ ...address, allowHalfOpen: true } as never);
  const { port, host } = address;
  const socket = net.connect({ port, host, allowHalfOpen: true });
  return tls.connect({
    socket,
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
    allowHalfOpen: true,
  } as never);
}

/** A client's connection, that takes what comes and notes how it ends. */
export class Connection {
  readonly socket: net.Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #end: 'ended' | 'reset' | undefined;
  readonly #heard = new Set<() => void>();
  readonly #waiting = new Set<() => void>();

  constructor(address: Address) {
    this.socket = connect(address);
    this.socket.setNoDelay(true);
    this.socket.on('data', (chunk: Buffer) => {
      this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
      this.#tell();
    });
    this.socket.on('end', () => this.#over('ended'));
    this.socket.on('error', () => this.#over('reset'));
    this.socket.on('close', () => this.#over('reset'));
  }

  get end(): 'ended' | 'reset' | undefined {
    return this.#end;
  }

  /** What has come and was no answer. */
  get rest(): Buffer {
    return this.#bytes;
  }

  send(latin1: string): void {
    if (latin1 !== '' && !this.socket.destroyed) this.socket.write(latin1, 'latin1');
  }

  /** Resolves with the next final answer; with undefined when none comes before the connection ends, or in `ms`. */
  answer(method: string, ms: number): Promise<Answer | undefined> {
    return this.#until(ms, () => {
      const found = parse(this.#bytes, method, this.#end !== undefined);
      if (found === undefined) return undefined;
      this.#bytes = this.#bytes.subarray(found.end);
      return found.answer;
    });
  }

  /** Resolves when 100 has come, or something else that speaks against sending the body. */
  async toldToGoOn(ms: number): Promise<boolean> {
    const told = await this.#until(ms, () => {
      const text = this.#bytes.toString('latin1');
      const [first] = text.split('\r\n\r\n');
      if (!text.includes('\r\n\r\n')) return undefined;
      return /^\S+ 100/.test(first!)
        ? 'go'
        : /^\S+ 1/.test(first!) && !/\r\n\r\n\S+ [2-9]/.test(text)
          ? undefined
          : 'no';
    });
    return told === 'go';
  }

  /** Resolves when so many bytes have come that are no answer. */
  async received(length: number, ms: number): Promise<void> {
    await this.#until(ms, () => (this.#bytes.length >= length ? true : undefined));
  }

  /** Resolves when the server has ended the connection; `silent` when it has not, in `ms`. */
  async ended(ms: number): Promise<End> {
    await this.#until(ms, () => undefined);
    return this.#end ?? 'silent';
  }

  /** Who would have answered may be dead: what has not come soon will not come. */
  despair(ms: number): void {
    for (const giveUp of this.#waiting) setTimeout(giveUp, ms);
  }

  close(): void {
    this.socket.destroy();
  }

  async #until<T>(ms: number, look: () => T | undefined): Promise<T | undefined> {
    const first = look();
    if (first !== undefined || this.#end !== undefined) return first;
    return new Promise((resolve) => {
      const done = (value: T | undefined): void => {
        clearTimeout(timer);
        this.#heard.delete(heard);
        this.#waiting.delete(giveUp);
        resolve(value);
      };
      const giveUp = (): void => done(undefined);
      const heard = (): void => {
        const value = look();
        if (value !== undefined || this.#end !== undefined) done(value);
      };
      const timer = setTimeout(giveUp, ms);
      this.#heard.add(heard);
      this.#waiting.add(giveUp);
    });
  }

  #over(end: 'ended' | 'reset'): void {
    this.#end ??= end;
    this.#tell();
  }

  #tell(): void {
    for (const heard of this.#heard) heard();
  }
}

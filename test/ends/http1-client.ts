import type net from 'node:net';
import type { Diary } from './diary.ts';
import type { Asked, Round } from './plan.ts';

export const targetOf = ({ mode, ms, id }: Asked): string => `/${mode}/${ms.toFixed(0)}/${id}`;

/** The bytes of a request, as clients with the cookie of a slot send it. */
export function bytesOf(asked: Asked): Buffer {
  const { kind, owner, body } = asked;
  const method = kind === 'post' ? 'POST' : 'GET';
  const fields = [`Host: ends.test`, `Cookie: radiant-app=${owner}.1`];
  if (kind === 'post') fields.push(`Content-Length: ${body}`);
  if (kind === 'upgrade') fields.push('Connection: Upgrade', 'Upgrade: websocket');
  const head = `${method} ${targetOf(asked)} HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), Buffer.alloc(body, 'b')]);
}

export const endOf = (id: string): string => `end of ${id}\n`;

/**
 * Sends the requests of a round over a connection, and reads what comes. `whole` is told each id whose answer came
 * whole. Who stays half-closes an upgraded connection, and is sent the end then.
 */
export class Http1Client {
  readonly #socket: net.Socket;
  readonly #round: Round;
  readonly #diary: Diary;
  readonly #whole: (id: string) => void;
  #waiting: Asked[];
  /** What has come last: no end of an answer is longer. */
  #tail = '';

  constructor(socket: net.Socket, round: Round, diary: Diary, whole: (id: string) => void) {
    this.#socket = socket;
    this.#round = round;
    this.#diary = diary;
    this.#whole = whole;
    this.#waiting = [...round.asked];
    socket.on('data', (chunk: Buffer) => this.#read(chunk.toString('latin1')));
  }

  get done(): boolean {
    return this.#waiting.length === 0;
  }

  begin(): void {
    const { asked, pipelined } = this.#round;
    this.#send(pipelined ? Buffer.concat(asked.map(bytesOf)) : bytesOf(asked[0]!));
  }

  #send(bytes: Buffer): void {
    const { first, pause } = this.#round;
    const cut = Math.ceil(bytes.length * first);
    this.#write(bytes.subarray(0, cut));
    if (cut < bytes.length) setTimeout(() => this.#write(bytes.subarray(cut)), pause);
  }

  #write(bytes: Buffer): void {
    this.#diary.note(`${this.#socket.writable ? 'sends' : 'cannot send'} ${bytes.length} bytes`);
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  /** It was upgraded, and the app waits for its end. */
  #isEcho({ kind, mode }: Asked): boolean {
    return kind === 'upgrade' && mode !== 'leaves' && this.#tail.includes(' 101 ');
  }

  #read(text: string): void {
    this.#diary.note(`got ${text.length} bytes: ${JSON.stringify(text.slice(0, 60))}`);
    this.#tail += text;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#isEcho(next) && this.#round.manner === 'stays') this.#socket.end();
      if (!this.#tail.includes(endOf(next.id))) break;
      this.#waiting.shift();
      this.#whole(next.id);
      const following = this.#waiting[0];
      if (following !== undefined && !this.#round.pipelined) this.#send(bytesOf(following));
    }
    this.#tail = this.#tail.slice(-2_000);
  }
}

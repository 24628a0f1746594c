import net from 'node:net';
import tls from 'node:tls';
import { Diary } from './diary.ts';
import { Http1Client } from './http1-client.ts';
import { Http2Client } from './http2-client.ts';
import type { Manner, Round } from './plan.ts';

/** Where an app is reached. */
export interface Doors {
  port: number;
  /** The socket of the worker in a slot. */
  ownSocket(slot: number): string;
}

/** One client of a round, from its connection to its end. */
export class Client {
  readonly round: Round;
  /** Ids that were answered to their last byte. */
  readonly answered = new Set<string>();
  /** Ids that nobody has seen, as the server says: they may be asked for again. */
  readonly refused = new Set<string>();
  /** Resolves when it has seen the end of its connection. */
  readonly closed: Promise<void>;
  over = false;
  readonly diary = new Diary();
  readonly #raw: net.Socket;
  readonly #socket: net.Socket;
  #streams: Http2Client | undefined;
  #requests: Http1Client | undefined;

  constructor(round: Round, doors: Doors) {
    this.round = round;
    const own = round.door === 'own';
    this.#raw = net.connect(
      own ? { path: doors.ownSocket(round.slot) } : { port: doors.port, host: '127.0.0.1' },
    );
    this.#socket = this.#secured();
    this.closed = new Promise((resolve) => {
      this.#raw.once('close', () => {
        this.over = true;
        resolve();
      });
    });
    for (const socket of new Set([this.#raw, this.#socket])) {
      socket.on('error', () => {}); // it closes with it
      this.diary.watch(socket === this.#raw ? 'the connection' : 'TLS', socket);
    }
    this.#socket.once(this.#socket === this.#raw ? 'connect' : 'secureConnect', () => this.#begin());
    if (round.manner !== 'stays' && round.goes > 0)
      this.#raw.once('connect', () => setTimeout(() => this.#go(round.manner), round.goes));
  }

  /** It goes for good, whatever it waits for. */
  cut(): void {
    this.#raw.destroy();
  }

  /**
   * UNIX sockets know no reset: what was not read makes one of it. Nor does libuv while a half is being ended (EINVAL), and
   * Node never closes the socket then.
   */
  #reset(): void {
    this.diary.note('it resets its connection');
    if (this.round.door === 'own' || this.#socket.writableEnded) this.#raw.destroy();
    else this.#raw.resetAndDestroy();
  }

  #secured(): net.Socket {
    const { door } = this.round;
    if (door !== 'tls' && door !== 'h2') return this.#raw;
    const ALPNProtocols = [door === 'h2' ? 'h2' : 'http/1.1'];
    return tls.connect({ socket: this.#raw, ALPNProtocols, rejectUnauthorized: false });
  }

  #end(): void {
    this.diary.note('it has all that it asked for, and ends');
    this.#socket.end();
  }

  #begin(): void {
    const whole = (id: string): void => {
      this.answered.add(id);
      this.diary.note(`${id} is answered`);
      if (this.#requests?.done && this.round.manner === 'stays') this.#end();
    };
    if (this.round.door === 'h2') {
      this.#streams = new Http2Client(this.#socket, this.round, this.diary, {
        whole,
        refused: (id) => this.refused.add(id),
        done: () => {
          if (this.round.manner !== 'silent') this.#end();
        },
      });
      this.#streams.begin();
    } else {
      this.#requests = new Http1Client(this.#socket, this.round, this.diary, whole);
      this.#requests.begin();
    }
    if (this.round.manner !== 'stays' && this.round.goes === 0) this.#go(this.round.manner);
  }

  #go(manner: Manner): void {
    if (this.over) return;
    this.diary.note(`it ${manner}`);
    if (manner === 'ends') this.#socket.end();
    else if (manner === 'bare') this.#raw.end();
    else if (manner === 'resets') this.#reset();
    else if (manner === 'cancels' && this.#streams !== undefined) this.#streams.cancel();
    else {
      this.#raw.pause();
      this.#socket.pause();
      setTimeout(() => this.#reset(), this.round.silence);
    }
  }
}

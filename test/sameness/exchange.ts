import { setTimeout as wait } from 'node:timers/promises';
import { valueOf, type Answer } from '../integration/http-raw.ts';
import { commonFields, methodOf, rendered, type Case, type Run } from './case.ts';
import type { Connection, End } from './connection.ts';
import { full } from '../support/full-size.ts';

/** What a client got of an exchange. */
export interface Got {
  answers: Answer[];
  /** What came and belongs to no answer, as latin1. */
  rest: string;
  end: End;
}

/** Nobody waits longer for an answer: it hangs. */
export const hangMs = 8_000;
/** A request that no server can tell from half of one gets no answer. At full size the machine may be busy for longer. */
export const silenceMs = full ? 5_000 : 1_500;
/** Between two writes, so that they are two reads. */
const betweenMs = 2;

const announcesEnd = ({ status, headers, cut }: Answer, method: string): boolean => {
  const connection = headers
    .filter(([name]) => /^connection$/i.test(name))
    .map(([, value]) => value)
    .join();
  if (cut || /close/i.test(connection)) return true;
  if (status.startsWith('HTTP/1.0') && !/keep-alive/i.test(connection)) return true;
  const framed = valueOf(headers, 'content-length') ?? valueOf(headers, 'transfer-encoding');
  return framed === undefined && method !== 'HEAD' && !/^\S+ (?:204|304)\b/.test(status);
};

/** Plays what a client does in a case, on a connection that is there. */
export class Exchange {
  readonly #connection: Connection;
  readonly #case: Case;
  readonly #run: Run;
  readonly #answers: Answer[] = [];
  /** The last answer said, or what the client did means, that no further one comes. */
  #last = false;
  /** The last answer said that the connection ends with it. */
  #announced = false;

  constructor(connection: Connection, made: Case, run: Run) {
    this.#connection = connection;
    this.#case = made;
    this.#run = run;
  }

  async play(): Promise<Got> {
    const { requests, pipelined, malformed, finish } = this.#case;
    if (malformed) await this.#malformed();
    else if (pipelined) await this.#pipeline();
    else {
      for (let i = 0; i < requests.length && !this.#last; i += 1) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        await this.#request(i);
      }
    }
    const end = finish === 'upgraded' ? await this.#upgraded() : await this.#end();
    const rest = this.#connection.rest.toString('latin1');
    return { answers: this.#answers, rest, end };
  }

  /** Takes the answer to a request; the exchange is over when there is none. */
  async #take(method: string, ms = hangMs): Promise<void> {
    const answer = await this.#connection.answer(method, ms);
    if (answer !== undefined) this.#answers.push(answer);
    this.#announced = answer !== undefined && announcesEnd(answer, method);
    this.#last = answer === undefined || this.#announced;
  }

  async #pipeline(): Promise<void> {
    const { requests } = this.#case;
    await this.#write(requests.map((request, i) => rendered(request, i, this.#run).join('')).join(''));
    for (const request of requests) {
      // oxlint-disable-next-line no-await-in-loop
      if (!this.#last) await this.#take(methodOf(request));
    }
  }

  async #request(number: number): Promise<void> {
    const request = this.#case.requests[number]!;
    const [head, body] = rendered(request, number, this.#run);
    const method = methodOf(request);
    if (request.waits === 'continue') {
      this.#connection.send(head);
      const goes = await this.#connection.toldToGoOn(hangMs);
      if (goes) this.#connection.send(body);
      await this.#take(method);
      // What it was not told to send the server would take for the next request, or wait for.
      if (!goes) this.#last = true;
    } else if (request.waits === 'answer') {
      const half = body.length >> 1;
      this.#connection.send(head + body.slice(0, half));
      await this.#take(method);
      if (!this.#last) this.#connection.send(body.slice(half));
    } else {
      await this.#write(head + body);
      if (this.#case.finish === 'half-close') this.#connection.socket.end();
      await this.#take(method);
    }
  }

  async #malformed(): Promise<void> {
    const [request] = this.#case.requests;
    await this.#write(rendered(request!, 0, this.#run).join(''));
    await this.#take(methodOf(request!), silenceMs);
    if (this.#answers.length > 0 || this.#connection.end !== undefined) return;
    this.#connection.socket.end();
    await this.#take(methodOf(request!));
    this.#last = true;
  }

  /** All bytes, in the pieces that the case says. */
  async #write(text: string): Promise<void> {
    const cuts = this.#case.cuts.filter((cut) => cut < text.length);
    let from = 0;
    for (const cut of cuts) {
      this.#connection.send(text.slice(from, cut));
      from = cut;
      // oxlint-disable-next-line no-await-in-loop
      await wait(betweenMs);
    }
    this.#connection.send(text.slice(from));
  }

  /** Speaks another protocol than HTTP, and goes on listening when it has said all. */
  async #upgraded(): Promise<End> {
    if (!this.#answers.at(-1)?.status.includes(' 101')) return this.#connection.ended(hangMs);
    this.#connection.send('said in another protocol');
    await this.#connection.received(24, hangMs);
    this.#connection.socket.end();
    return this.#connection.ended(hangMs);
  }

  /** A connection that stays open has an answer to one more request. */
  async #end(): Promise<End> {
    const connection = this.#connection;
    const { requests, finish } = this.#case;
    const ends = requests.some(({ plan }) => plan.ends !== undefined || plan.throws);
    if (this.#last || ends || finish === 'half-close' || connection.end !== undefined)
      return connection.ended(this.#announced ? hangMs : silenceMs);
    const lines = [
      'GET /next HTTP/1.1',
      'Host: app',
      ...commonFields(this.#run, requests.length, 'next'),
      '',
      '',
    ];
    connection.send(lines.join('\r\n'));
    const answer = await connection.answer('GET', hangMs);
    if (answer === undefined) return connection.end ?? 'silent';
    this.#answers.push(answer);
    return 'open';
  }
}

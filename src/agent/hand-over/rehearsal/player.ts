import type net from 'node:net';

import type { MeteorSession } from '../internals/meteor.ts';
import { Client, type ClientOptions } from './client.ts';
import { messagesIn, oddOne, type Script } from './script.ts';

type Step = 'beginning' | 'handOver' | 'end';

export interface PlayerOptions extends ClientOptions {
  name: string;
  script: Script;
  /** Has its session go on by another hand; `gone` is called with why it did not. */
  give(session: MeteorSession, gone: (refusal?: string) => void): void;
}

/** One client of a rehearsal, from its first word to its last. */
export class Player {
  session: MeteorSession | undefined;
  readonly #client: Client;
  readonly #options: PlayerOptions;
  readonly #done: (fault?: string) => void;
  #step: Step | undefined = 'beginning';
  /** What was heard in earlier steps. */
  #past = 0;

  /** `done` is called once, with what was not as it is to be. */
  constructor(socket: net.Socket, options: PlayerOptions, done: (fault?: string) => void) {
    this.#options = options;
    this.#done = done;
    this.#client = new Client(socket, options, () => this.#look());
  }

  end(): void {
    this.#step = undefined;
    this.#client.end();
  }

  /** Its session is open. */
  begin(session: MeteorSession): void {
    const { script, name } = this.#options;
    this.session = session;
    this.#client.say(script.subscribe(name), script.call('before'));
  }

  #look(): void {
    if (this.#step === undefined) return;
    if (this.#client.ended) return this.#over('its connection has ended');
    const heard = messagesIn(this.#client.heard).slice(this.#past);
    const expected = this.#options.script.expected[this.#step];
    if (heard.length < expected.length) return;
    const odd = oddOne(expected, heard);
    if (odd !== undefined) return this.#over(`${this.#step}: ${JSON.stringify(odd)}`);
    this.#past += heard.length;
    this.#next();
  }

  #next(): void {
    const { script } = this.#options;
    if (this.#step === 'end') return this.#over();
    if (this.#step === 'handOver') {
      this.#step = 'end';
      this.#client.say(script.unsubscribe);
      return;
    }
    this.#step = 'handOver';
    this.#options.give(this.session!, (refusal) => {
      if (refusal !== undefined) this.#over(refusal);
    });
    // While its input waits.
    this.#client.say(script.call('behind'));
  }

  #over(fault?: string): void {
    if (this.#step === undefined) return;
    this.end();
    this.#done(fault);
  }
}

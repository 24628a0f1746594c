import type { DdpMessage } from './ddp-sessions.ts';

/** What a DDP client was promised by the protocol and has not been told yet: results, `updated`s, and how its subscriptions begin. */
export class PendingAnswers {
  readonly #pending = new Set<string>();

  get none(): boolean {
    return this.#pending.size === 0;
  }

  /** The client asks. */
  asked({ msg, id }: DdpMessage): void {
    if (msg === 'method') this.#pending.add(entry('result', id)).add(entry('updated', id));
    else if (msg === 'sub') this.#pending.add(entry('sub', id));
  }

  /** The client is told. */
  told({ msg, id, methods, subs, offendingMessage }: DdpMessage): void {
    if (this.none) return;
    if (msg === 'result') this.#pending.delete(entry('result', id));
    else if (msg === 'nosub') this.#pending.delete(entry('sub', id));
    else if (msg === 'updated') this.#over('updated', methods);
    else if (msg === 'ready') this.#over('sub', subs);
    else if (msg === 'error') {
      for (const what of ['result', 'updated', 'sub'])
        this.#pending.delete(entry(what, offendingMessage?.id));
    }
  }

  #over(what: string, ids: unknown): void {
    if (Array.isArray(ids)) for (const id of ids) this.#pending.delete(entry(what, id));
  }
}

const entry = (what: string, id: unknown): string => `${what} ${String(id)}`;

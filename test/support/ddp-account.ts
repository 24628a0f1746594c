import type { DdpClient, DdpMessage } from './ddp-client.ts';

/** What no client may be told twice, by the kind of message. */
const idsOf = ({ msg, id, subs = [], methods = [] }: DdpMessage): string[] => {
  if (msg === 'result') return [id!];
  if (msg === 'updated') return methods;
  return msg === 'ready' ? subs : [];
};

/**
 * Keeps account of all that one DDP session says to its client, and finds what no server may say: a document that is there is
 * added, one that is not there changes, anything happens twice.
 */
export class DdpAccount {
  readonly problems: string[] = [];
  /** What came besides answers and changes, as `added notes/a`. */
  readonly news: string[] = [];
  readonly #documents: Set<string>;
  readonly #said = new Set<string>();

  constructor(client: DdpClient) {
    this.#documents = new Set(
      [...client.collections].flatMap(([collection, documents]) =>
        [...documents.keys()].map((id) => `${collection}/${id}`),
      ),
    );
    client.on('message', (message) => this.#hear(message));
  }

  #hear(message: DdpMessage): void {
    const { msg, collection, id } = message;
    for (const each of idsOf(message)) {
      const what = `${msg} ${each}`;
      if (this.#said.has(what)) this.problems.push(`${what} twice`);
      this.#said.add(what);
      if (msg === 'ready') this.news.push(what);
    }
    if (collection !== undefined) this.#change(msg, `${collection}/${id}`);
    else if (!/^(?:result|updated|ready|ping|pong)$/.test(msg)) this.news.push(JSON.stringify(message));
  }

  #change(msg: string, document: string): void {
    const known = this.#documents.has(document);
    if (known === (msg === 'added'))
      this.problems.push(`${msg} ${document}, which is ${known ? '' : 'not '}there`);
    if (msg === 'added') this.#documents.add(document);
    else if (msg === 'removed') this.#documents.delete(document);
    if (msg !== 'changed') this.news.push(`${msg} ${document}`);
  }
}

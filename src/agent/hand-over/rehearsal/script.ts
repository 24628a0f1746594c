import { sameJson } from '../state/difference.ts';
import { checked, type Handler, type Invocation, type Lent } from '../internals/rehearsed-server.ts';

interface Parameter {
  client: string;
  since: Date;
}

/** Messages of DDP, by what they are for. */
interface Expected {
  /** What a client is told that connects, subscribes and calls a method. */
  beginning: object[];
  /** What it is told of the hand-over, and as the result of another call. */
  handOver: object[];
  /** What it is told when it unsubscribes. */
  end: object[];
}

/**
 * What is said in a rehearsal. The publication says something else when it is started a second time, which is in the worker
 * that the session comes to: that difference is all that its client is to notice.
 */
export class Script {
  readonly user: string;
  readonly #name: string;
  readonly #merged: string;
  /** Of these the server knows the ids alone, for the one or for each subscription. */
  readonly #known: Record<string, string>;
  readonly #starts = new Map<string, number>();

  /** `name`: that of all which the app is lent. */
  constructor(name: string) {
    this.#name = name;
    this.user = `${name}-user`;
    this.#merged = `${name}-merged`;
    this.#known = { [`${name}-ids`]: 'NO_MERGE', [`${name}-several`]: 'NO_MERGE_MULTI' };
  }

  /** What the clients ask for. */
  get lent(): Lent {
    const publish = (to: Invocation, parameter: Parameter): void => this.#publish(to, parameter);
    const publication: Handler = function (parameter) {
      publish(this, checked(parameter) as Parameter);
    };
    const collection = `${this.#name}-universal`;
    const universal: Handler = function () {
      this.added(collection, 'one', { user: this.userId });
      this.ready();
    };
    const [publications, methods] = [{ [this.#name]: publication }, { [this.#name]: whoCalls }];
    return { publications, methods, universal, strategies: this.#known };
  }

  #publish(to: Invocation, { client, since }: Parameter): void {
    const start = (this.#starts.get(client) ?? 0) + 1;
    this.#starts.set(client, start);
    to.added(this.#merged, 'kept', { since, user: to.userId, deep: { list: [1, null, 'ü'] } });
    to.added(this.#merged, 'changes', start === 1 ? { start, goes: true } : { start, comes: true });
    if (start > 1) to.added(this.#merged, 'new', { start });
    for (const collection of Object.keys(this.#known)) to.added(collection, 'one', { n: 0 });
    to.ready();
  }

  subscribe(client: string): object {
    return { msg: 'sub', id: 'sub', name: this.#name, params: [{ client, since: { $date: 0 } }] };
  }

  call(id: string): object {
    return { msg: 'method', id, method: this.#name, params: [] };
  }

  get unsubscribe(): object {
    return { msg: 'unsub', id: 'sub' };
  }

  get expected(): Expected {
    const { user } = this;
    const [merged, known] = [this.#merged, Object.keys(this.#known)];
    const kept = { since: { $date: 0 }, user, deep: { list: [1, null, 'ü'] } };
    const told = (id: string): object[] => [
      { msg: 'result', id, result: { user } },
      { msg: 'updated', methods: [id] },
    ];
    return {
      beginning: [
        { msg: 'connected', session: '' },
        { msg: 'added', collection: `${this.#name}-universal`, id: 'one', fields: { user } },
        { msg: 'added', collection: merged, id: 'kept', fields: kept },
        { msg: 'added', collection: merged, id: 'changes', fields: { start: 1, goes: true } },
        ...known.map((collection) => ({ msg: 'added', collection, id: 'one', fields: { n: 0 } })),
        { msg: 'ready', subs: ['sub'] },
        ...told('before'),
      ],
      handOver: [
        {
          msg: 'changed',
          collection: merged,
          id: 'changes',
          fields: { start: 2, comes: true },
          cleared: ['goes'],
        },
        { msg: 'added', collection: merged, id: 'new', fields: { start: 2 } },
        ...known.map((collection) => ({ msg: 'changed', collection, id: 'one', fields: { n: 0 } })),
        ...told('behind'),
      ],
      end: [
        ...['kept', 'changes', 'new'].map((id) => ({ msg: 'removed', collection: merged, id })),
        ...known.map((collection) => ({ msg: 'removed', collection, id: 'one' })),
        { msg: 'nosub', id: 'sub' },
      ],
    };
  }
}

const whoCalls: Handler = function () {
  return { user: this.userId };
};

/** Of what was heard: the messages of DDP, without the id that a session happens to have. */
export const messagesIn = (heard: readonly string[]): object[] =>
  heard
    .filter((text) => text.startsWith('{"msg"'))
    .map((text) => JSON.parse(text) as { msg?: string; session?: string })
    .map((message) => (message.msg === 'connected' ? { ...message, session: '' } : message));

/** The first message that is too many, or missing, in whatever order they came; undefined: none. */
export function oddOne(expected: readonly object[], heard: readonly object[]): object | undefined {
  const left = [...heard];
  for (const message of expected) {
    const at = left.findIndex((other) => sameJson(message, other));
    if (at < 0) return message;
    left.splice(at, 1);
  }
  return left[0];
}

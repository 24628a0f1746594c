import type { Refusal } from '../../protocol/refusals.ts';
import { guarded } from '../runtime/guard.ts';

/** What the app has of a DDP session: `this.connection` in methods and publications. */
export interface ConnectionHandle {
  close?(): unknown;
  onClose?(callback: unknown): unknown;
}

/**
 * What the methods of an app tie to a connection: a callback for its end, a property of its own. A client calls them once, and
 * nobody would where its session went on in another process. What `onConnection` and publications do is done again there.
 */
export class ConnectionTies {
  readonly #handle: ConnectionHandle | undefined;
  /** Those that were there when the client had said its first word. */
  #names: Set<string> | undefined;
  #callback = false;

  /** `inMethod`: whether one of its methods runs. */
  constructor(handle: ConnectionHandle | undefined, inMethod: () => boolean) {
    this.#handle = handle;
    const { onClose } = handle ?? {};
    if (handle === undefined || typeof onClose !== 'function') return;
    const note = guarded('ddp', () => (this.#callback ||= inMethod()));
    handle.onClose = function () {
      note();
      return Reflect.apply(onClose, this, arguments as never);
    };
  }

  /** The client says something: the hooks of its connection have been called. */
  begin(): void {
    this.#names ??= new Set(Object.keys(this.#handle ?? {}));
  }

  /** Why the session is bound to this process; undefined: nothing that shows. */
  get found(): Refusal | undefined {
    if (this.#callback) return 'a method waits for the end of its connection';
    const own = Object.keys(this.#handle ?? {}).some((name) => this.#names?.has(name) === false);
    return own ? 'a method keeps something on its connection' : undefined;
  }
}

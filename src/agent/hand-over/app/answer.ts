import type { Refusal } from '../../../protocol/refusals.ts';
import { logToOperator } from '../../runtime/operator-log.ts';

/** What a function of the app has returned, or what its promise was kept with. */
export type Outcome<T> = { value: T } | { refusal: Refusal };

const told = new Set<string>();

/** Once of each function, for whoever looks after the app. */
function tell(name: string, error: unknown): void {
  if (told.has(name)) return;
  told.add(name);
  let text: string;
  try {
    text = String((error as Error | undefined)?.stack ?? error);
  } catch {
    text = 'it threw something that is no error';
  }
  logToOperator(`${name} of onHandOver failed, and a session's client connects anew: ${text}`);
}

/** A call of the app that is on its way: its `outcome` is looked at now and then. */
export class Answer<T> {
  outcome: Outcome<T> | undefined;
  readonly #name: string;

  /** `call` is run by `run`, which may do so later; `read` makes of the result what is wanted, or throws. */
  constructor(
    name: string,
    run: (task: () => unknown) => unknown,
    call: () => unknown,
    read: (result: unknown) => Outcome<T>,
  ) {
    this.#name = name;
    const returned = (result: unknown): void => this.#try(() => (this.outcome ??= read(result)));
    run(() =>
      this.#try(() => {
        const result = call();
        const { then } = (result ?? {}) as { then?: unknown };
        if (typeof then !== 'function') return returned(result);
        return Reflect.apply(then, result, [returned, (error: unknown) => this.#failed(error)]) as unknown;
      }),
    );
  }

  #try(task: () => unknown): void {
    try {
      task();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.outcome ??= { refusal: "the app's onHandOver failed" };
    tell(this.#name, error);
  }
}

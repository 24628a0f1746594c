import type { AppConnection, HandOverCallbacks } from '../../../common/in-app.ts';
import { jsonText } from './json-text.ts';
import { Answer, type Outcome } from './answer.ts';

type Run = (task: () => unknown) => unknown;

/** Characters of JSON. */
const mostText = 1024 * 1024;

/** Errors: a TypeError for what is not two functions. */
export function checkCallbacks(callbacks: HandOverCallbacks<never>): void {
  for (const name of ['give', 'take'] as const) {
    if (typeof callbacks?.[name] === 'function') continue;
    throw new TypeError(`process.radiant.onHandOver: it needs a function "${name}"`);
  }
}

/** The app's part in the sessions that go to other workers, and come from them. */
export class AppCallbacks {
  #callbacks: HandOverCallbacks | undefined;

  /** The last word counts. */
  use(callbacks: HandOverCallbacks): void {
    checkCallbacks(callbacks);
    this.#callbacks = callbacks;
  }

  /** The app says itself what of its sessions is to go along. */
  get used(): boolean {
    return this.#callbacks !== undefined;
  }

  /** The text of what goes along with a connection. */
  give(connection: AppConnection, run: Run): Answer<string> | undefined {
    const callbacks = this.#callbacks;
    return callbacks && new Answer('give', run, () => callbacks.give(connection), given);
  }

  /** `text`: what `give` said; undefined where the other worker's app has no such function. */
  take(connection: AppConnection, text: string | undefined, run: Run): Answer<void> | undefined {
    const callbacks = this.#callbacks;
    if (callbacks === undefined && text === undefined) return undefined;
    const call = (): unknown =>
      callbacks !== undefined && callbacks.take(connection, JSON.parse(text ?? 'null'));
    return new Answer('take', run, call, taken);
  }
}

export function given(result: unknown): Outcome<string> {
  if (result === false) return { refusal: 'the app keeps it' };
  const text = jsonText(result);
  return text.length > mostText ? { refusal: 'state over 1 MB' } : { value: text };
}

export const taken = (result: unknown): Outcome<void> =>
  result === false ? { refusal: 'the app does not take it' } : { value: undefined };

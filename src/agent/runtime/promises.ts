import { fault } from './guard.ts';
import { promiseThen } from './originals.ts';

const failed = (error: unknown): void => fault('promise', error);

/** For a promise that nobody waits for. `then` is guarded; its result, if it is a promise, is not waited for. */
export function settle<T>(promise: Promise<T>, then: (value: T) => void = () => {}): void {
  const next = Reflect.apply(promiseThen, promise, [then as never, undefined]) as Promise<unknown>;
  void Reflect.apply(promiseThen, next, [undefined, failed]);
}

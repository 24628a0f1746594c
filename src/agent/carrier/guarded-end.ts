import { fault } from '../runtime/guard.ts';
import type { StreamEnd } from './stream.ts';

/** An end of the agent's own, whose failures end `connection`: what tells it things may be the app, or what it shares with others. */
export function guardedEnd(end: StreamEnd, connection: { destroy(): unknown }): StreamEnd {
  const guard =
    <A extends unknown[]>(hear: (...args: A) => void) =>
    (...args: A): void => {
      try {
        hear(...args);
      } catch (error) {
        fault('stream', error);
        connection.destroy();
      }
    };
  return {
    data: guard(end.data),
    last: guard(end.last),
    began: guard(end.began),
    answered: guard(end.answered),
    credit: guard(end.credit),
    end: guard(end.end),
    abort: guard(end.abort),
    gone: guard(end.gone),
  };
}

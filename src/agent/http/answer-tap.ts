import type { ServerResponse } from 'node:http';

import { guarded } from '../runtime/guard.ts';

/** Has `look` see each piece of an answer's body before it is written; `last` with the end of it. */
export function tapBody(response: ServerResponse, look: (piece: Buffer, last: boolean) => void): void {
  const see = guarded('answer', (chunk: unknown, last: boolean) => look(bytesOf(chunk), last));
  for (const method of ['write', 'end'] as const) {
    const original = response[method] as (...args: unknown[]) => never;
    response[method] = function (this: ServerResponse, chunk: unknown) {
      see(chunk, method === 'end');
      return Reflect.apply(original, this, arguments as never);
    };
  }
}

const bytesOf = (chunk: unknown): Buffer =>
  typeof chunk === 'string' || chunk instanceof Uint8Array ? Buffer.from(chunk as string) : Buffer.alloc(0);

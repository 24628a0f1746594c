import * as z from '../zod.ts';
import { RadiantError } from '../common/errors.ts';
import type { Fleet } from '../running/operations.ts';
import { operations, type Operation } from './operations.ts';
import { presentName } from './former-names.ts';

/** Errors: USAGE when there is none of this name and method. */
export function findOperation(name: string, method: string | undefined): Operation<unknown, unknown> {
  const table: Record<string, unknown> = operations;
  const now = presentName(name);
  const operation = Object.hasOwn(table, now) ? (table[now] as Operation<unknown, unknown>) : undefined;
  if (operation?.method === method) return operation as Operation<unknown, unknown>;
  const message = `this app knows no operation ${method} /${name}`;
  throw new RadiantError('USAGE', message, 'Restart the app with the installed version of Radiant');
}

/** Checks the input, does it, and leaves of the output what the table names. Errors: USAGE, the operation's. */
export async function perform(
  operation: Operation<unknown, unknown>,
  fleet: Fleet,
  given: unknown,
  gone: AbortSignal,
): Promise<unknown> {
  const input = operation.input(z).safeParse(given);
  if (!input.success) throw new RadiantError('USAGE', z.prettifyError(input.error));
  return operation.output(z).parse(await operation.run(fleet, input.data, gone));
}

import type { ServerResponse } from 'node:http';

import { onHead } from '../runtime/internals.ts';

/** The text of a head with one more field behind the others. */
export const withField = (head: string, name: string, value: string): string =>
  `${head.slice(0, -2)}${name}: ${value}\r\n\r\n`;

/** Adds a field that the app may also set: then its own stands. */
export function addField(response: ServerResponse, name: string, value: string): void {
  const given = new RegExp(`^${name}:`, 'im');
  const added = onHead(response, (head) => (given.test(head) ? head : withField(head, name, value)));
  if (!added) response.setHeader(name, value);
}

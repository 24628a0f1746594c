import { isIP } from 'node:net';
import { readInteger } from './values.ts';

/** Reads `10.0.0.0/8`, `2001:db8::/32`, one address, or `unix` for what comes over a UNIX socket. */
export function readNetwork(value: string): string | undefined {
  const text = value.trim();
  if (text === 'unix') return text;
  const [address = '', prefix, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return undefined;
  const longest = version === 4 ? 32 : 128;
  const length = prefix === undefined ? longest : readInteger(prefix, 0, longest);
  return length === undefined ? undefined : `${address}/${length}`;
}

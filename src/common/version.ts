import { readFileSync } from 'node:fs';
import { packageFile } from '../installation.ts';

/** Radiant's own version, as its package says. */
export function ownVersion(): string {
  const text = readFileSync(packageFile, 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

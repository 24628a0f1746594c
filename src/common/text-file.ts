import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** The one place that reads what people, their editors and other tools may have written as text. */
export const readTextFile = async (path: string): Promise<string> => textOf(await readFile(path));
export const readTextFileSync = (path: string | number): string => textOf(readFileSync(path));

/** Editors on Windows begin text with a byte order mark, which JSON, PEM and variables do not know. */
export const withoutMark = (text: string): string => (text.startsWith('\uFEFF') ? text.slice(1) : text);

/** UTF-8, or UTF-16 where the mark says so: PowerShell's `>` writes that. */
export function textOf(bytes: Buffer): string {
  const mark = bytes.toString('latin1', 0, 2);
  const encoding = mark === '\xFF\xFE' ? 'utf-16le' : mark === '\xFE\xFF' ? 'utf-16be' : 'utf-8';
  return new TextDecoder(encoding).decode(bytes);
}

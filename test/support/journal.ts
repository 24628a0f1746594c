import { readFile } from 'node:fs/promises';

/** How often methods of the example app ran a second time, by the journal that all its workers write (EXAMPLE_JOURNAL). */
export async function repeats(journal: string): Promise<{ calls: number; twice: number }> {
  const lines = (await readFile(journal, 'utf8')).split('\n').filter(Boolean);
  const keys = lines.map((line) => (JSON.parse(line) as { key: string }).key);
  return { calls: keys.length, twice: keys.length - new Set(keys).size };
}

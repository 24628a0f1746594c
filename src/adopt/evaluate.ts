import { writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { plain } from './spread.ts';
import { readTextFileSync } from '../common/text-file.ts';

// A process of its own: runs another tool's configuration file and writes what it exports, as JSON, to descriptor 3.

async function evaluate(file: string, mark: string): Promise<void> {
  const environment = { ...process.env };
  process.env[mark] = mark;
  const loaded = (await import(pathToFileURL(file).href)) as { default?: unknown };
  const exported: unknown = await Promise.resolve(loaded.default ?? loaded);
  const result: unknown = typeof exported === 'function' ? await (exported as () => unknown)() : exported;
  const bytes = Buffer.from(plain(result, environment, mark, readTextFileSync(file)));
  for (let written = 0; written < bytes.length;) written += writeSync(3, bytes, written);
  process.exit(0);
}

void evaluate(process.argv[2]!, process.argv[3]!);

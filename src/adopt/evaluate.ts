import { writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

// A process of its own: runs another tool's configuration file and writes what it exports, as JSON, to descriptor 3.

/** A function stands for a hook: that it is there is all that can be told. */
const plain = (_key: string, value: unknown): unknown =>
  typeof value === 'function' ? '(a function)' : value;

const loaded = (await import(pathToFileURL(process.argv[2]!).href)) as { default?: unknown };
const exported: unknown = await Promise.resolve(loaded.default ?? loaded);
const result: unknown = typeof exported === 'function' ? await (exported as () => unknown)() : exported;
const bytes = Buffer.from(JSON.stringify(result, plain) ?? 'null');
for (let written = 0; written < bytes.length;) written += writeSync(3, bytes, written);
process.exit(0);

import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Has a bundle of the example app run code of its own behind its start, as a real one's: with `Meteor`. */
export async function addAppCode(bundle: string, code: string): Promise<void> {
  const file = join(bundle, 'programs', 'server', 'own-code.js');
  await writeFile(file, `const { Meteor } = global.Package.meteor;\n${code}\n`);
  const run = `(function wait() { global.Package ? require(${JSON.stringify(file)}) : setImmediate(wait); })();`;
  await appendFile(join(bundle, 'main.js'), `\n${run}\n`);
}

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Pty } from '../support/pty.ts';
import { testFolder, tinyApp } from '../support/tiny-apps.ts';
import { programPath } from '../../src/installation.ts';

const cli = programPath('cli');
const size = { columns: 120, rows: 40 };

/** `radiant …` in a folder, at a terminal. */
function radiant(folder: string, ...args: string[]): Pty {
  const command = ['sh', '-c', 'cd "$0" && exec "$@"', folder, process.execPath, cli, ...args];
  return new Pty(command, size, {});
}

test('at a terminal init asks, with what it found as the answers of Enter', async (t) => {
  const folder = await testFolder(t);
  await tinyApp(folder, { label: 'shop' });
  const pty = radiant(join(folder, 'shop'), 'init');
  t.after(() => pty.kill());
  await pty.shows(/The app: .*\[\.\]: $/m);
  pty.type('\r');
  await pty.shows(/Its name \[shop\]: $/m);
  pty.type('Big Shop\r');
  await pty.shows(/"Big Shop" is not a name/);
  pty.type('big-shop\r');
  await pty.shows(/visitors come to \[3000\]: $/m);
  pty.type('8080\r');
  await pty.shows(/How many workers .*\[auto\]: $/m);
  pty.type('\r');
  await pty.shows(/stand in front \[0\]: $/m);
  pty.type('1\r');
  await pty.shows(/MONGO_URL \(empty: none\): $/m);
  pty.type('\r');
  await pty.shows(/radiant\.config\.ts written[\s\S]*ended with 0/);
  const text = await readFile(join(folder, 'shop', 'radiant.config.ts'), 'utf8');
  const options = [...text.matchAll(/^ {2}(\w+: .*),$/gm)].map(([, line]) => line);
  assert.deepEqual(options, ["app: '.'", "name: 'big-shop'", 'port: 8080', "workers: 'auto'", 'proxies: 1']);
});

test('code is run when the answer is yes, and only then', async (t) => {
  const folder = await testFolder(t);
  await writeFile(join(folder, 'ecosystem.config.js'), "module.exports = { apps: [{ script: 'a.js' }] };");
  for (const [answer, end] of [
    ['\r', /nothing was read[\s\S]*ended with 64/],
    ['y\r', /radiant\.config\.ts written[\s\S]*Taken over:[\s\S]*ended with 0/],
  ] as const) {
    const pty = radiant(folder, 'init', '--from', 'ecosystem.config.js');
    t.after(() => pty.kill());
    await pty.shows(/is code: to read it is to run it\. Run it\? \[y\/N\]/);
    pty.type(answer);
    await pty.shows(end);
  }
});

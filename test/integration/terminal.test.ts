import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { runCommand } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { Pty } from '../support/pty.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { testFolder } from '../support/tiny-apps.ts';
import { programPath } from '../../src/installation.ts';

const cli = programPath('cli');

/** A title, a cleared screen in C0 and in C1, an overwritten line, a bell, a device control, turned text. */
const nasty =
  '\x1b]0;owned\x07 \x1b[2J \x9b2J \x9d0;owned\x9c 1 %\r2 % \x07\x08\x7f \x1bPq\x1b\\ \u202Edlrow\u2066 \u2028';
const colours = '\x1b[31mred\x1b[0m';

/** Says it and dies, then says it and serves. */
const server = `const fs = require('fs');
const nasty = ${JSON.stringify(nasty)};
console.log('said ' + nasty + ${JSON.stringify(colours)});
if (!fs.existsSync('died')) {
  fs.writeFileSync('died', '');
  console.error('died ' + nasty);
  process.exit(3);
}
require('http').createServer((request, response) => response.end('')).listen(process.env.PORT);`;

/** All that a program has written to its terminal, up to its end. */
async function written(t: TestContext, app: RunningApp, args: string[]): Promise<string> {
  const [verb = '', ...rest] = args;
  const command = [process.execPath, cli, verb, '--name', app.name, ...rest];
  const pty = new Pty(
    command,
    { columns: 120, rows: 40 },
    { RADIANT_HOME: app.home, LANG: 'C.UTF-8', NO_COLOR: '' },
  );
  t.after(() => pty.kill());
  await pty.shows(/ended with \d/);
  return pty.raw;
}

// oxlint-disable-next-line no-control-regex
const harmful = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u202e\u2066]|\r(?!\n)/;
// oxlint-disable-next-line no-control-regex
const withoutColours = (text: string): string => text.replaceAll(/\x1b\[[\d;]*m/g, '');

test('nothing that an app prints does anything to a terminal but colour it', async (t) => {
  const file = join(await testFolder(t), 'main.js');
  await writeFile(file, server);
  const app = await startRadiant({ app: file, workers: 1 });
  t.after(() => app.stop());
  await eventually('its death is in the journal', async () =>
    (await runCommand(app, ['events'])).output.includes('died'),
  );
  const shown: Record<string, RegExp> = {
    // oxlint-disable-next-line no-control-regex
    logs: /said \\u001b\]0;owned\\u0007 .*\x1b\[31mred/,
    events: /died \\u001b\]0;owned/,
    status: /ready/,
    'describe 1': /died \\u001b\]0;owned/,
  };
  for (const [line, said] of Object.entries(shown)) {
    // oxlint-disable-next-line no-await-in-loop -- one terminal after the other
    const text = await written(t, app, line.split(' '));
    assert.match(text, said, line);
    assert.doesNotMatch(withoutColours(text), harmful, line);
    if (line !== 'logs') assert.ok(!text.includes(colours), `${line} shows no colours of the app`);
  }
  // What is no terminal gets it as it is.
  const { output } = await runCommand(app, ['logs']);
  assert.ok(output.includes(`said ${nasty}${colours}`));
});

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { installed, installRadiant, openMachine } from '../support/machine.ts';
import { buildInstalled } from '../support/meteor-bundle.ts';
import { noSandbox } from '../support/sandbox.ts';

const root = join(import.meta.dirname, '..', '..');

/**
 * What the tutorial has and a test does not, and what stands in its place. Everything else is real: the commands as they
 * are written, users, ports 80 and 443, nginx with Debian's own configuration, TLS, systemd with the exported units.
 */
const substitutes = {
  'the server': 'a sandbox on this machine, with a systemd of its own: test/support/sandbox/enter.sh',
  'Node and Radiant, installed': 'links to this checkout',
  'apt install nginx, which starts it': 'the nginx of this machine, started in the sandbox',
  'the app in ~/shop, with its MongoDB': 'an empty folder; the example app needs no database',
  'meteor build':
    'test/fixtures/tutorial/meteor: the example app, its npm packages installed (a sandbox has no network)',
};

const setUp = `
${installRadiant}
ln -s ${installed}/test/fixtures/tutorial/meteor /usr/local/bin/meteor
mkdir -p /var/log/nginx /var/lib/nginx /root/shop
nginx
`;

interface Step {
  /** The line of the document. */
  line: number;
  script: string;
  /** What the document says that it prints. */
  shown: string | undefined;
}

/** The shell blocks of a document, each with the block of text that follows it. */
function stepsOf(markdown: string): Step[] {
  const steps: Step[] = [];
  for (const { 1: kind, 2: body, index } of markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms)) {
    const line = markdown.slice(0, index).split('\n').length;
    if (kind === 'sh') steps.push({ line, script: body!, shown: undefined });
    else if (kind === 'text') steps.at(-1)!.shown ??= body!;
    else assert.fail(`line ${line}: a block of ${kind} is neither run nor compared`);
  }
  return steps;
}

/** `…` stands for anything on its line; alone on one, for any number of lines. */
function patternOf(shown: string): RegExp {
  const lines = stable(shown).trimEnd().split('\n');
  const parts = lines.map((line) =>
    line === '…' ? '(?:.*\n)*?' : `${line.split('…').map(escaped).join('.*')}\n`,
  );
  return new RegExp(`^${parts.join('')}$`);
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** Without what differs each time: figures, checksums, spaces. Who is meant, and how much has failed, stays. */
const stable = (text: string): string =>
  text
    .replaceAll(/\b[\da-f]{10,}\b/g, '#')
    .replaceAll(/(?<!(?:release|worker|→|release:) )\d+(?:[.:-]\d+)*(?! requests failed)/g, '#')
    .replaceAll(/# (?:[kKMG]?B|s)\b|(?:#[ms] ?)+/g, '#')
    .replaceAll(/[ \t]+/g, ' ')
    .replaceAll(/ ?\n ?/g, '\n')
    .replace(/^ /, '');

/** A shell keeps its folder and its variables from one block to the next. */
const inOneShell = (script: string): string => `
if [ -e /run/shell ]; then cd "$(cat /run/shell/folder)"; . /run/shell/variables; else mkdir /run/shell; cd; fi
${script}
pwd > /run/shell/folder; export -p > /run/shell/variables
`;

test('every command of the tutorial does what it says', { skip: noSandbox() }, async (t) => {
  const bundles = await mkdtemp(join(tmpdir(), 'rad-tutorial-'));
  t.after(() => rm(bundles, { recursive: true }));
  const releases = ['v1', 'v2', 'v3'];
  await Promise.all(releases.map((release) => buildInstalled({ out: join(bundles, release), release })));
  const sandbox = await openMachine(t, bundles);
  for (const [what, instead] of Object.entries(substitutes)) t.diagnostic(`${what}: ${instead}`);
  assert.deepEqual(await sandbox.run(setUp), { code: 0, output: '' });

  const steps = stepsOf(await readFile(join(root, 'docs', 'tutorial.md'), 'utf8'));
  assert.ok(steps.length > 5);
  for (const { line, script, shown } of steps) {
    const from = performance.now();
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { code, output } = await sandbox.run(inOneShell(script));
    t.diagnostic(`line ${line}: ${((performance.now() - from) / 1000).toFixed(1)} s`);
    assert.equal(code, 0, `docs/tutorial.md, line ${line}:\n${output}`);
    if (shown !== undefined)
      assert.match(
        `${stable(output).trimEnd()}\n`,
        patternOf(shown),
        `docs/tutorial.md, line ${line}:\n${output}`,
      );
  }
  const page = await sandbox.run(
    'curl --silent --cacert /etc/ssl/shop.pem https://shop.example.com/api/whoami',
  );
  assert.equal(
    (JSON.parse(page.output) as { release: string }).release,
    'v2',
    'the release that was gone back to',
  );
});

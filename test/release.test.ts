import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { releaseNotes, releaseProblems } from '../scripts/release/release.ts';
import { testFolder } from './support/tiny-apps.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const changelog = `# Changelog

## Unreleased

## [1.2.0] - 2026-03-04

### Added

- This.

## 1.1.0

- That.
`;
const tree = { changelog, version: '1.2.0', lockedVersion: '1.2.0' };

test('a tag is published from the tree that it names, and from no other', () => {
  assert.deepEqual(releaseProblems('v1.2.0', tree), []);
  assert.deepEqual(releaseProblems('v1.3.0', { ...tree, version: '1.3.0' }), [
    'package-lock.json says 1.2.0, and package.json 1.3.0',
    'CHANGELOG.md has nothing below "## 1.3.0"',
  ]);
  const late = changelog.replace('## Unreleased\n', '## Unreleased\n\n- Not yet.\n');
  assert.deepEqual(releaseProblems('1.2.0', { ...tree, changelog: late }), [
    'the tag is 1.2.0, and package.json says 1.2.0',
    'CHANGELOG.md has entries below "## Unreleased"',
  ]);
});

test('the page of a release says what the changelog does', () => {
  assert.equal(releaseNotes('v1.2.0', changelog), '### Added\n\n- This.');
  assert.equal(releaseNotes('v1.1.0', changelog), '- That.');
  assert.throws(() => releaseNotes('v1.0.0', changelog), /nothing of v1\.0\.0/);
});

test('the scripts that the workflow calls say what is wrong, and print the notes', async (t) => {
  const folder = await testFolder(t);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'CHANGELOG.md'), changelog);
  for (const file of ['package.json', 'package-lock.json'])
    writeFileSync(join(folder, file), JSON.stringify({ version: '1.2.0' }));
  const run = (script: string, tag: string): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, [join(root, 'scripts/release', script), tag], {
      cwd: folder,
      encoding: 'utf8',
    });
  assert.equal(run('check.ts', 'v1.2.0').status, 0);
  const wrong = run('check.ts', 'v1.1.0');
  assert.deepEqual([wrong.status, wrong.stderr], [1, 'the tag is v1.1.0, and package.json says 1.2.0\n']);
  assert.equal(run('notes.ts', 'v1.1.0').stdout, '- That.\n');
});

test('the workflows run the whole of the tests, and scripts that exist', () => {
  const runs = ['ci.yml', 'release.yml'].map((file) => {
    const workflow = parse(readFileSync(join(root, '.github/workflows', file), 'utf8')) as {
      jobs: Record<string, { steps: { run?: string }[] }>;
    };
    return Object.values(workflow.jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
  });
  for (const commands of runs) assert.ok(commands.includes('.ci/run'));
  const scripts = runs.flat().flatMap((command) => command.match(/scripts\/\S+\.ts/g) ?? []);
  assert.equal(scripts.length, 2);
  for (const script of scripts) assert.ok(existsSync(join(root, script)), script);
  const release = runs[1]!;
  const published = release.findIndex((command) => /\bpublish --provenance\b/.test(command));
  assert.ok(release.indexOf('.ci/run') < published, 'what was tested is published');
});

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { completed } from './choices.ts';
import { bashCompletion, fishCompletion, zshCompletion } from './scripts.ts';
import { verbs } from '../verbs.ts';

const has = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
/** Under CI the packages must be there; elsewhere a missing shell is no failure. */
const without = (shell: string): { skip: boolean } => ({ skip: !process.env.CI && !has(shell) });

/** A folder with the script, and with a `radiant` that knows two apps. */
function folder(t: TestContext, script: string): { env: NodeJS.ProcessEnv; file: string; cwd: string } {
  const cwd = mkdtempSync(join(tmpdir(), 'radiant-completion-'));
  t.after(() => rmSync(cwd, { recursive: true, force: true }));
  const command = join(cwd, 'bin', 'radiant');
  mkdirSync(dirname(command));
  writeFileSync(command, '#!/bin/sh\n[ "$2" = names ] && printf "shop\\nblog\\n" || printf "1\\n2\\n"\n');
  chmodSync(command, 0o755);
  const file = join(cwd, 'script');
  writeFileSync(file, script);
  const env = { PATH: `${dirname(command)}:${process.env.PATH}`, HOME: cwd, TERM: 'dumb' };
  return { env, file, cwd };
}

const cases: [line: string, wanted: string[]][] = [
  ['radiant sc', ['scale']],
  ['radiant re', ['releases', 'replace', 'restart']],
  ['radiant status --j', ['--json']],
  ['radiant logs --fol', ['--follow']],
  ['radiant status --name s', ['shop']],
  ['radiant stop -n b', ['blog']],
  ['radiant replace ', ['1', '2']],
  ['radiant logs --worker ', ['1', '2']],
  ['radiant start --affinity se', ['session']],
  ['radiant help rollb', ['rollback']],
  ['radiant completion z', ['zsh']],
];

test('bash completes verbs, flags, values, names and workers', without('bash'), (t) => {
  const { env, file, cwd } = folder(t, bashCompletion(completed(verbs)));
  for (const [line, wanted] of cases) {
    const words = line.split(' ');
    const script = `source ${file}; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _radiant; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const found = execFileSync('bash', ['--norc', '-c', script], { env, cwd, encoding: 'utf8' });
    assert.deepEqual(found.trim().split('\n').toSorted(), wanted, line);
  }
  writeFileSync(join(cwd, 'settings.json'), '{}');
  const files = `source ${file}; COMP_WORDS=(radiant start --settings set); COMP_CWORD=3; _radiant; echo "\${COMPREPLY[@]}"; complete -p radiant`;
  assert.equal(
    execFileSync('bash', ['--norc', '-c', files], { env, cwd, encoding: 'utf8' }),
    'settings.json\ncomplete -o filenames -F _radiant radiant\n',
  );
});

test('fish completes the same', without('fish'), (t) => {
  const { env, file, cwd } = folder(t, fishCompletion(completed(verbs)));
  for (const [line, wanted] of cases) {
    const script = `source ${file}; complete -C '${line}'`;
    const found = execFileSync('fish', ['--no-config', '-c', script], { env, cwd, encoding: 'utf8' });
    const words = found
      .trim()
      .split('\n')
      .map((each) => each.split('\t')[0]!);
    assert.deepEqual(words.toSorted(), wanted, line);
  }
});

test('zsh completes the same', without('zsh'), (t) => {
  const { env, file, cwd } = folder(t, zshCompletion(completed(verbs)));
  execFileSync('zsh', ['-n', file], { env, cwd });
  // compadd, _describe and _files work in a line editor only: here they print what they are given.
  const stubs = `compdef() { :; }; compadd() { shift; print -l -- \${(M)@:#$words[CURRENT]*}; }
_describe() { print -l -- \${(M)\${(P)2}:#$words[CURRENT]*}; }; _files() { print files; }`;
  for (const [line, wanted] of cases) {
    const words = line.split(' ');
    const script = `${stubs}\nsource ${file}; words=(${words.map((word) => `'${word}'`).join(' ')}); CURRENT=${words.length}; _radiant`;
    const found = execFileSync('zsh', ['-f', '-c', script], { env, cwd, encoding: 'utf8' });
    const offered = found
      .trim()
      .split('\n')
      .map((each) => each.split(':')[0]!);
    assert.deepEqual(offered.toSorted(), wanted, line);
  }
});

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../src', import.meta.url));

/** Which folders of `src` each folder may import. Types may be taken from anywhere: they are gone at run time. */
const arrows: Record<string, string[]> = {
  protocol: [],
  agent: ['protocol'],
  config: [],
  node: [],
  bundle: ['node', 'config'],
  tls: ['config'],
  acme: ['config', 'tls'],
  static: ['bundle', 'config', 'protocol'],
  metrics: ['protocol'],
  adopt: ['config'],
  init: ['adopt', 'bundle', 'config'],
  control: ['config'],
  export: [],
  releases: ['bundle', 'config', 'node', 'static'],
  admin: ['control', 'history', 'logs', 'releases'],
  dashboard: ['history', 'logs'],
  doctor: ['bundle', 'config', 'control', 'node', 'tls'],
  keeper: ['bundle', 'config', 'control', 'releases', 'tls'],
  inspector: [],
  alerts: [],
  logs: [],
  history: ['logs'],
  supervisor: [
    'acme',
    'admin',
    'alerts',
    'bundle',
    'config',
    'control',
    'history',
    'keeper',
    'logs',
    'metrics',
    'protocol',
    'releases',
    'tls',
  ],
  cli: [
    'adopt',
    'bundle',
    'config',
    'control',
    'doctor',
    'export',
    'history',
    'init',
    'keeper',
    'logs',
    'releases',
  ],
};

interface Import {
  file: string;
  from: string;
  to: string;
}

function imports(): Import[] {
  const found: Import[] = [];
  for (const file of globSync('**/*.{ts,tsx}', { cwd: root })) {
    if (file.endsWith('.test.ts') || !file.includes(sep)) continue;
    const text = readFileSync(join(root, file), 'utf8');
    const statements = text.matchAll(
      /^(?:import|export) (?!type )[^;]*?from '(\.[^']+)'|import\('(\.[^']+)'\)/gms,
    );
    for (const [, fixed, lazy] of statements) {
      const target = relative(root, join(root, dirname(file), (fixed ?? lazy)!));
      const to = target.split(sep);
      const from = file.split(sep)[0]!;
      if (to.length > 1 && to[0] !== from) found.push({ file, from, to: to[0]! });
    }
  }
  return found;
}

test('every folder imports only what it may know', () => {
  const wrong = imports().filter(({ from, to }) => !arrows[from]?.includes(to));
  assert.deepEqual(wrong, []);
});

test('the arrows make no circle', () => {
  const visit = (folder: string, path: string[]): void => {
    assert.ok(!path.includes(folder), [...path, folder].join(' → '));
    for (const next of arrows[folder] ?? []) visit(next, [...path, folder]);
  };
  for (const folder of Object.keys(arrows)) visit(folder, []);
});

test('the agent has no dependency', () => {
  for (const file of globSync('{agent,protocol}/**/*.ts', { cwd: root })) {
    if (file.endsWith('.test.ts')) continue;
    for (const [, name] of readFileSync(join(root, file), 'utf8').matchAll(/from '([^.'][^']*)'/g)) {
      assert.match(name!, /^node:/, `${file} imports ${name}`);
    }
  }
});

test('what is slow to load as an import is taken from builtins.ts', () => {
  const slow = /^import (?!type )[^;]*? from 'node:(http|https|tls)'/m;
  const wrong = globSync('**/*.ts', { cwd: root }).filter(
    (file) => !/^agent\/|\.test\.ts$|\/fake-/.test(file) && slow.test(readFileSync(join(root, file), 'utf8')),
  );
  assert.deepEqual(wrong, []);
});

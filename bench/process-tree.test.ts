import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { cpuMicroseconds, parseStat, residentBytes, treeOf } from './process-tree.ts';

test('a process whose name looks like fields', () => {
  const rest = Array.from({ length: 30 }, (_, i) => i).join(' ');
  assert.deepEqual(parseStat(`42 (a) b) (c) S 7 ${rest}`), { pid: 42, parent: 7, started: '17' });
});

test('the tree has descendants in sessions of their own, with their CPU time and memory', async (t) => {
  const spin = 'for (let i = 0; i < 1e7; i++); console.log(process.pid); setInterval(() => {}, 1e6)';
  const code = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(spin)}],
    { detached: true, stdio: 'inherit' })`;
  const parent = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [text] = await once(parent.stdout, 'data');
  const child = Number(text);
  t.after(() => {
    process.kill(child, 'SIGKILL');
    parent.kill('SIGKILL');
  });
  const tree = treeOf([parent.pid!]);
  const alone = tree.filter(({ pid }) => pid === child);
  assert.deepEqual(
    tree.map(({ pid }) => pid),
    [parent.pid, child],
  );
  assert.ok(cpuMicroseconds(alone) > 0);
  assert.ok(cpuMicroseconds(tree) > cpuMicroseconds(alone));
  assert.ok(residentBytes(tree) > residentBytes(alone));
});

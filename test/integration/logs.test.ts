import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, globSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { runCommand, startCommand } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { testFolder } from '../support/tiny-apps.ts';

interface Line {
  time: number;
  slot: number;
  release: number;
  level: string;
  line: string;
}

/** Writes numbered lines in bursts; SIGUSR2 ends it with an exception after a word without a line break. */
const chatty = (label: string): string => `
const http = require('http');
let n = 0;
const burst = () => {
  for (let i = 0; i < 10; i += 1) console.log('${label} ' + process.pid + ' ' + (n += 1) + ' ' + 'x'.repeat(n % 80));
};
process.on('SIGUSR2', () => {
  console.warn('WARN about to end');
  throw new Error('it broke after ' + n);
});
http.createServer((request, response) => response.end('fine')).listen(process.env.PORT, () => setInterval(burst, 5));
`;

async function app(folder: string, label: string): Promise<string> {
  await mkdir(join(folder, label), { recursive: true });
  await writeFile(join(folder, label, 'package.json'), '{"main":"server.js"}');
  await writeFile(join(folder, label, 'server.js'), chatty(label));
  return join(folder, label);
}

const parsed = (output: string): Line[] =>
  output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line);

/** Every process has written 1, 2, 3 and so on, and nothing of it is missing or there twice. */
function checkNumbers(lines: readonly Line[]): Map<string, number> {
  const last = new Map<string, number>();
  for (const { line } of lines) {
    const match = /^(\w+ \d+) (\d+) (x*)$/.exec(line);
    if (match === null) continue;
    const [, writer = '', number, text = ''] = match;
    const next = (last.get(writer) ?? 0) + 1;
    assert.equal(Number(number), next, `${writer} goes on with ${line.slice(0, 60)}`);
    assert.equal(text.length, next % 80);
    last.set(writer, next);
  }
  return last;
}

const rotations = (running: RunningApp): number =>
  globSync(join(running.home, 'state', running.name, 'releases', '*', 'log', '1.log.*')).length;

test('workers write and write: nothing is lost by rotations, deaths and a deploy, and all can be read afterwards', async (t) => {
  const folder = await testFolder(t);
  const one = await app(folder, 'one');
  const running = await startRadiant({
    app: one,
    workers: 1,
    args: ['--log-size', '64KB', '--log-keep', '1000'],
  });
  t.after(() => running.stop());
  const follow = startCommand(running, ['logs', '-f', '--since', '1h', '--json']);
  t.after(() => follow.process.kill('SIGKILL'));

  await eventually('rotations', () => rotations(running) >= 3, 60_000);
  const before = await running.status();
  const crashed = before.workers[0]!.pid!;
  const ready = await running.event((event) => event.type === 'ready');
  process.kill(crashed, 'SIGUSR2');
  await ready.seen;

  process.kill((await running.status()).supervisor.pid, 'SIGKILL');
  await eventually('another supervisor', async () => {
    const status = await running.status().catch(() => undefined);
    return status !== undefined && status.supervisor.pid !== before.supervisor.pid;
  });
  const rotated = rotations(running);
  await eventually('rotations go on', () => rotations(running) > rotated, 60_000);
  const deployed = await runCommand(running, ['deploy', await app(folder, 'two'), '--watch', '0']);
  assert.equal(deployed.code, 0, deployed.output);
  await eventually('the new release is followed', () => follow.output().includes('"release":2'), 60_000);
  running.process.kill('SIGTERM');
  await once(running.process, 'exit');

  const read = await runCommand(running, ['logs', '--json']);
  const lines = parsed(read.output);
  const written = checkNumbers(lines);
  assert.ok(written.size >= 3, 'three processes at least');
  const end = lines.findIndex(({ line }) => /^Error: it broke after \d+$/.test(line));
  assert.equal(lines[end]!.line, `Error: it broke after ${written.get(`one ${crashed}`)}`);
  assert.match(lines[end + 1]!.line, /^ {4}at process/);
  assert.equal(lines[end + 1]!.level, 'error');
  const total = [...written.values()].reduce((sum, count) => sum + count, 0);
  t.diagnostic(`${total} lines of ${written.size} processes, ${rotations(running)} rotations of worker 1`);

  await eventually(
    'the follower has all of it',
    () => parsed(follow.output().slice(0, follow.output().lastIndexOf('\n'))).length >= lines.length,
    60_000,
  );
  follow.process.kill('SIGINT');
  assert.equal(await follow.ended, 0);
  assert.deepEqual(checkNumbers(parsed(follow.output())), written);

  const warnings = await runCommand(running, ['logs', '--level', 'warn', '--worker', '1', '--since', '1h']);
  assert.match(warnings.output, /^1 \| WARN about to end\n/m);
  assert.match(warnings.output, /^1 \| Error: it broke after \d+\n1 \| {5}at process/m);
  assert.ok(!warnings.output.includes('one '), 'nothing below a warning');
  const other = await runCommand(running, ['logs', '--worker', '9']);
  assert.deepEqual([other.code, other.output], [0, '']);
  const wrong = await runCommand(running, ['logs', '--level', 'wran']);
  assert.match(wrong.output, /there is no level "wran"; did you mean "warn"\?/);
  assert.ok(existsSync(running.home));
});

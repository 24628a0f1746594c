import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { errors } from '../common/errors.ts';
import { run } from './run.ts';
import { openTerminal } from './output/terminal.ts';
import { verbs } from './verbs.ts';

const place = temporaryFolder('radiant-wrong-');
const wrong: Record<string, string | Buffer> = {
  'cut.json': '{"a":',
  'list.json': '[1]',
  'null.json': 'null',
  'marked.json': '\uFEFF\uFEFF{}',
  binary: Buffer.from([0, 255, 254, 1, 2]),
  empty: '',
  'no.tar.gz': 'not compressed',
  'throws.js': 'throw new Error("boom")',
  'throws-null.mjs': 'throw null',
  'broken.js': 'let let = (',
  'broken.ts': 'const a: = 1',
  'rejects.mjs': 'await Promise.reject(7)',
  'symbol.mjs': 'export default Symbol()',
  'throws-late.mjs': 'export default () => { throw 7 }',
  'cut.yml': 'a: [',
  'docker-compose.yml': 'services: 5',
  'compose.yml': 'services: { a: null, b: [1], c: { environment: 7, ports: {}, env_file: [[]] } }',
  'ecosystem.config.js': 'module.exports = { apps: [null, 5] }',
  'process.json': '{"apps":[{"script":5,"env":7,"cwd":[],"instances":{},"node_args":{}}]}',
  'mup.js': 'module.exports = { app: 5, servers: null }',
  'mup.json': '{"app":{"env":5,"path":[]},"servers":[null]}',
  '.env': '\0=\n==\n"',
};
const folders = [
  'folder',
  'folder.json',
  'package/package.json',
  'bundle/programs/server',
  'bundle/star.json',
];
const paths = [
  ...Object.keys(wrong),
  ...folders,
  'loop',
  'missing',
  'empty/below',
  '',
  '/dev/null',
  '/proc/self/mem',
];

for (const name of folders) mkdirSync(join(place, name), { recursive: true });
for (const [name, content] of Object.entries(wrong)) writeFileSync(join(place, name), content);
writeFileSync(join(place, 'bundle', 'main.js'), '');
symlinkSync('loop', join(place, 'loop'));

const known = new Set<number>([0, ...Object.values(errors).map(({ exit }) => exit)]);

/** Asserts that a command line ends as one that is wrong, or with 0, and that what it prints is meant for people. */
async function answers(argv: string[]): Promise<number> {
  const stream = new PassThrough();
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const terminal = openTerminal(stream, stream);
  const env = { PATH: process.env.PATH, HOME: place, RADIANT_HOME: join(place, 'home') };
  const code = await run(argv, { terminal, cwd: place, env });
  const line = `radiant ${argv.join(' ').slice(0, 200)}: ${code}\n${text.slice(0, 2000)}`;
  assert.ok(known.has(code), line);
  assert.doesNotMatch(text, /unexpected error|^\s+at .*[:(]|node:internal|\[object |undefined/m, line);
  if (code !== 0) assert.match(text, /^(?:radiant: |wrong +)\S/m, line);
  return code;
}

/** For what takes its time. */
const some = ['cut.json', 'binary', 'empty', 'bundle', 'package', 'folder.json', 'loop', '/proc/self/mem'];

const withFiles: ((path: string) => string[])[] = [
  (path) => ['start', 'missing.js', '--config', path],
  (path) => ['start', 'missing.js', '--settings', path],
  (path) => ['start', 'missing.js', '--env-file', path],
  (path) => ['start', 'missing.js', '--tls-cert', path, '--tls-key', path],
  (path) => ['doctor', path],
  (path) => ['doctor', '--config', path],
  (path) => ['init', '--from', path],
  (path) => ['deploy', path],
  (path) => ['export', 'docker', '--config', path],
  (path) => ['export', 'nginx', '--out', `${path}/x`],
  (path) => ['maintenance', 'on', '--page', path],
  (path) => ['upgrade', path],
];

for (const command of withFiles) {
  test(`a wrong file is told in words: ${command('FILE').join(' ')}`, async () => {
    let refused = 0;
    const slow = /doctor|--out/.test(command('').join(' '));
    for (const path of slow ? some : paths) {
      // oxlint-disable-next-line no-await-in-loop -- they share a folder
      if ((await answers(command(path))) !== 0) refused += 1;
    }
    assert.ok(refused > 0);
  });
}

const long = 'x'.repeat(100_000);

test('wrong words are told in words', async () => {
  const names = verbs.map(({ name }) => name).filter((name) => name !== 'top');
  for (const verb of [...names, 'help', 'nope', long, '__proto__', 'toString', '']) {
    for (const rest of [
      ['--nope'],
      ['--name', long],
      ['--name', '../..'],
      ['--name', ''],
      ['--name'],
      [long, long],
      ['--since', 'tomorrow'],
      ['__proto__'],
      ['--', '--x'],
      ['-9'],
    ]) {
      if (verb === 'start' || verb === 'init' || verb === 'doctor') continue;
      // oxlint-disable-next-line no-await-in-loop -- one verb after the other
      await answers([verb, ...rest]);
    }
  }
});

/** What may lie or listen where the control socket of an app is expected. */
const sockets: Record<string, (path: string) => net.Server | void> = {
  'a file': (path) => writeFileSync(path, 'no socket'),
  'a folder': (path) => {
    mkdirSync(path);
  },
  'one that closes': (path) => net.createServer((socket) => socket.destroy()).listen(path),
  'one of another protocol': (path) => net.createServer((socket) => socket.end('SSH-2.0-x\r\n')).listen(path),
  'one that answers nothing': (path) => answering(path, 200, ''),
  'one that answers HTML': (path) => answering(path, 502, '<html>\x1b[2Jbad gateway'),
  'one that answers half of its JSON': (path) => answering(path, 200, '{"name":'),
  'one that answers null': (path) => answering(path, 200, 'null'),
  'one that answers a list': (path) => answering(path, 500, '[{"error":{}}]'),
  'one whose error is none': (path) => answering(path, 500, '{"error":7}'),
  'one whose error is unknown': (path) =>
    answering(path, 409, '{"error":{"code":"NEW","message":"new","remedy":""}}'),
};

const answering = (path: string, status: number, body: string): net.Server =>
  http.createServer((_request, response) => response.writeHead(status).end(body)).listen(path);

const asking = [
  ['status'],
  ['status', '--json'],
  ['list'],
  ['describe', '1'],
  ['logs'],
  ['events', '--follow'],
  ['deploy', 'throws.js'],
  ['rollback'],
  ['releases'],
  ['scale', '2'],
  ['restart'],
  ['replace', '1'],
  ['maintenance', 'on'],
  ['tls', 'reload'],
  ['admin'],
  ['top', '--once'],
  ['stop'],
];

for (const [what, make] of Object.entries(sockets)) {
  test(`a control socket that is none is told in words: ${what}`, async () => {
    const folder = join(place, 'home', 'run', 'shop');
    mkdirSync(folder, { recursive: true });
    const path = join(folder, 'control.sock');
    const server = make(path);
    if (server) await once(server, 'listening');
    for (const command of asking) {
      // oxlint-disable-next-line no-await-in-loop -- one command after the other
      await answers([...command, ...(command[0] === 'list' ? [] : ['--name', 'shop'])]);
    }
    if (server) server.close();
    rmSync(folder, { recursive: true });
  });
}

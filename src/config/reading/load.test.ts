import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { RadiantError } from '../../common/errors.ts';
import { hasIPv6 } from '../values/listen.ts';
import { loadConfig, type ConfigInput } from './load.ts';
import type { Config } from '../types.ts';

function folder(files: Record<string, string> = {}): string {
  const cwd = temporaryFolder('radiant-config-');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  return cwd;
}

function load(input: Partial<ConfigInput>): Promise<Config> {
  return loadConfig({ flags: {}, cwd: folder(), env: {}, ...input });
}

async function failure(input: Partial<ConfigInput>): Promise<RadiantError> {
  const error: unknown = await load(input).catch((caught: unknown) => caught);
  assert.ok(error instanceof RadiantError, String(error));
  return error;
}

const both = (port: number): object[] =>
  (hasIPv6() ? ['0.0.0.0', '::'] : ['0.0.0.0']).map((host) => ({ host, port }));

const places = async (agentCheck: unknown): Promise<Config['agentCheck']> =>
  (await load({ flags: { agentCheck } })).agentCheck;

test('agent checks are answered on the loopback address, unless another one is named', async () => {
  assert.equal(await places(undefined), undefined);
  assert.deepEqual(await places('9001'), [{ host: '127.0.0.1', port: 9001 }]);
  assert.deepEqual(await places('10.0.0.1:9001'), [{ host: '10.0.0.1', port: 9001 }]);
  assert.deepEqual(await places('*:9001'), both(9001));
  const { message } = await failure({ flags: { agentCheck: 'none' } });
  assert.match(message, /--agent-check: "none" is not a port, or an address such as/);
});

test('without anything said the defaults count', async () => {
  const cwd = folder();
  const config = await load({ cwd });
  assert.deepEqual(config, {
    app: cwd,
    name: config.name,
    listen: both(3000),
    redirect: [],
    proxyProtocol: [],
    proxiesFrom: [],
    port: 3000,
    workers: availableParallelism(),
    env: {},
    affinity: 'client',
    handOver: true,
    spare: 0,
    proxies: 0,
    node: 'bundle',
    detach: false,
    socketMode: 0o660,
    noStatic: false,
    headTimeout: 60_000,
    requestTimeout: 300_000,
    healthPath: '/',
    waitReady: false,
    keepReleases: 5,
    logSize: 10 * 1024 * 1024,
    logKeep: 14,
    logAge: 86_400_000,
    startTimeout: 60_000,
    deployTimeout: 60_000,
    drainTimeout: 60_000,
    watch: 60_000,
    hangTimeout: 30_000,
    heapSnapshots: 0,
    queueTimeout: 10_000,
    stopSignal: 'SIGTERM',
    keepChildren: false,
    killTimeout: 10_000,
  });
});

test('flags beat the file, the file beats the environment, that beats the environment file', async () => {
  const cwd = folder({
    'radiant.config.json': '{"workers": 2, "affinity": "session", "port": 4002}',
    '.env':
      'PORT=4004\nRADIANT_NODE=20\nRADIANT_PROXIES=3\nROOT_URL=https://example.com\nSECRET=x\nKEPT=file',
  });
  const env = { PORT: '4003', RADIANT_AFFINITY: 'none', RADIANT_PROXIES: '1', KEPT: 'environment' };
  const config = await load({ cwd, env, flags: { workers: '1', envFile: '.env' } });
  assert.equal(config.workers, 1);
  assert.equal(config.affinity, 'session');
  assert.equal(config.port, 4002);
  assert.equal(config.proxies, 1);
  assert.equal(config.node, '20');
  assert.equal(config.rootUrl, 'https://example.com');
  assert.deepEqual(config.env, { SECRET: 'x' });
});

test('templates of the environment file are literal, those of env are not', async () => {
  const cwd = folder({
    'radiant.config.json': '{"env": {"A": "{slot}", "B": "{slot}"}}',
    '.env': 'B=file\nC={slot}\nD=x{9000+slot}\nE={"slot":1}',
  });
  const config = await load({ cwd, flags: { envFile: '.env' } });
  assert.deepEqual(config.env, { A: '{slot}', B: '{slot}', C: '{slot}', D: 'x{9000+slot}', E: '{"slot":1}' });
  assert.deepEqual(config.literalEnv, ['C', 'D']);
});

test("other tools' variables are honoured, Radiant's own come first", async () => {
  const env = {
    PORT: '80',
    BIND_IP: '127.0.0.1',
    CLUSTER_WORKERS_COUNT: '3',
    UNIX_SOCKET_PATH: '/tmp/meteor.sock',
    UNIX_SOCKET_PERMISSIONS: '777',
    UNIX_SOCKET_GROUP: 'nginx',
    HTTP_FORWARDED_COUNT: '2',
  };
  const config = await load({ env });
  assert.deepEqual(config.listen, [{ host: '127.0.0.1', port: 80 }]);
  assert.equal(config.workers, 3);
  assert.equal(config.socketBase, '/tmp/meteor.sock');
  assert.equal(config.socketMode, 0o777);
  assert.equal(config.socketGroup, 'nginx');
  assert.equal(config.proxies, 2);
  assert.equal((await load({ env: { ...env, RADIANT_WORKERS: '5' } })).workers, 5);
});

test('paths start at the folder of the place that names them', async () => {
  const cwd = folder({ 'settings.json': '{}' });
  mkdirSync(join(cwd, 'conf'));
  writeFileSync(
    join(cwd, 'conf', 'shop.json'),
    '{"settings": "s.json", "listen": ["unix:shop.sock"], "app": ".."}',
  );
  const config = await load({ cwd, flags: { config: 'conf/shop.json', node: 'bin/node' } });
  assert.equal(config.settings, join(cwd, 'conf', 's.json'));
  assert.equal(config.app, cwd);
  assert.equal(config.node, join(cwd, 'bin', 'node'));
  assert.deepEqual(config.listen, [{ path: join(cwd, 'conf', 'shop.sock') }]);
});

test('alerts are in the file, their webhook may be in the environment, and is not shown', async () => {
  const cwd = folder({ 'radiant.config.json': '{"alerts": {"command": "./page", "every": "1m"}}' });
  const env = { RADIANT_ALERTS_WEBHOOK: 'https://hooks.example.com/secret' };
  const command = { command: './page', every: 60_000, folder: cwd };
  assert.deepEqual((await load({ cwd })).alerts, command);
  assert.deepEqual((await load({ cwd, env })).alerts, { ...command, webhook: env.RADIANT_ALERTS_WEBHOOK });
  const alone = { webhook: env.RADIANT_ALERTS_WEBHOOK, every: 300_000, folder: '/' };
  assert.deepEqual((await load({ env })).alerts, alone);
  assert.equal((await load({})).alerts, undefined);
  await assert.rejects(
    load({ env: { RADIANT_ALERTS_WEBHOOK: 'hooks.example.com/secret' } }),
    (error: Error) => {
      assert.match(error.message, /RADIANT_ALERTS_WEBHOOK: its value is not an http or https URL/);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    },
  );
  const bad = folder({ 'radiant.config.json': '{"alerts": {"webhook": "ftp://x", "evry": 3}}' });
  await assert.rejects(load({ cwd: bad }), /alerts: this object is not an object of `webhook`/);
});

test('listen replaces host and port, unless a stronger place says them', async () => {
  const cwd = folder({
    'radiant.config.json': '{"listen": ["127.0.0.1:80", "/run/s.sock", "127.0.0.1:80"]}',
  });
  const config = await load({ cwd, env: { PORT: '5000' } });
  assert.deepEqual(config.listen, [{ host: '127.0.0.1', port: 80 }, { path: '/run/s.sock' }]);
  assert.equal(config.port, 80);
  assert.deepEqual((await load({ cwd, flags: { port: '4000' } })).listen, both(4000));
  const told = await load({ flags: { listen: [':80'], port: '4000' } });
  assert.deepEqual(told.listen, both(80));
  assert.equal(told.port, 4000);
  assert.deepEqual((await load({ flags: { listen: ['none'] } })).listen, []);
  assert.deepEqual((await load({ env: { RADIANT_LISTEN: '127.0.0.1:1, 127.0.0.1:2' } })).listen.length, 2);
});

test('certificates come from pairs of flags, or from the file beside their paths', async () => {
  const cwd = folder({
    'radiant.config.json':
      '{ "tls": { "cert": "tls/a.pem", "key": "tls/a.key" }, "redirect": "127.0.0.1:80" }',
  });
  const pair = (name: string): object => ({ cert: join(cwd, `${name}.pem`), key: join(cwd, `${name}.key`) });
  const written = await load({ cwd });
  assert.deepEqual(written.tls, [pair('tls/a')]);
  assert.deepEqual(written.redirect, [{ host: '127.0.0.1', port: 80 }]);
  const said = await load({ cwd, flags: { tlsCert: ['b.pem', 'c.pem'], tlsKey: ['b.key', 'c.key'] } });
  assert.deepEqual(said.tls, [pair('b'), pair('c')]);
  assert.match((await failure({ flags: { tlsCert: ['a.pem'] } })).message, /1 certificates and 0 keys/);
  assert.match((await failure({ flags: { hsts: '60' } })).message, /there is no HTTPS/);
});

test('a TypeScript file imports this package wherever it stands, as an object or a function', async () => {
  const text = `import { defineConfig } from 'radiant';
    const workers: number = 2;
    export default defineConfig(async () => ({ workers, killTimeout: '90s', env: { A: 1, B: true } }));`;
  const config = await load({ cwd: folder({ 'radiant.config.ts': text }) });
  assert.equal(config.workers, 2);
  assert.equal(config.killTimeout, 90_000);
  assert.deepEqual(config.env, { A: '1', B: 'true' });
  const plain = folder({
    'radiant.config.js': 'module.exports = require("radiant").defineConfig({ workers: 3 })',
  });
  assert.equal((await load({ cwd: plain })).workers, 3);
});

test('every wrong thing is named at once, with its place', async () => {
  const cwd = folder({
    'radiant.config.json': '{"worker": 2, "port": 0, "env": {"A": []}, "host": "example.com"}',
  });
  const error = await failure({ cwd, flags: { workers: 'many' }, env: { RADIANT_PROXIES: '-1' } });
  assert.equal(error.code, 'CONFIG');
  const file = join(cwd, 'radiant.config.json');
  for (const part of [
    '--workers: "many" is not `auto`, a number from',
    `${file}: there is no option "worker"; did you mean "workers"? docs/reference.md`,
    `${file}: port: 0 is not a port number`,
    `${file}: env: this object is not an object of variable names, each with`,
    `${file}: host: "example.com" is not an IP address`,
    'environment variable RADIANT_PROXIES: "-1" is not',
  ]) {
    assert.ok(error.message.includes(part), `${part}\n${error.message}`);
  }
});

test('a single problem is one line, and the place says whether the command line is wrong', async () => {
  const flag = await failure({ flags: { port: '70000' } });
  assert.equal(flag.code, 'USAGE');
  assert.equal(flag.message, '--port: "70000" is not a port number from 1 to 65535');
  assert.equal(flag.remedy, 'Write for instance 3000');
  const variable = await failure({ env: { PORT: 'web' } });
  assert.equal(variable.code, 'CONFIG');
  assert.match(variable.message, /^environment variable PORT: "web" is not a port/);
  assert.equal((await load({ env: { PORT: 'web' }, flags: { port: '80' } })).port, 80);
});

const files: [title: string, files: Record<string, string>, flags: object, message: RegExp][] = [
  [
    'two files',
    { 'radiant.config.ts': '', 'radiant.config.json': '{}' },
    {},
    /radiant.config.ts and radiant.config.json/,
  ],
  ['broken JSON', { 'radiant.config.json': '{' }, {}, /not valid JSON/],
  ['a list', { 'radiant.config.json': '[1]' }, {}, /exports \[1\], not an object/],
  ['a syntax error', { 'radiant.config.js': 'export default {' }, {}, /cannot be loaded/],
  [
    'a throw',
    { 'radiant.config.ts': '\nexport default () => { throw new Error("no luck") }' },
    {},
    /no luck \(line 2\)/,
  ],
  ['nothing exported', { 'radiant.config.ts': 'export const a = 1' }, {}, /no default export/],
  ['a missing file', {}, { config: 'nope.json' }, /nope.json: there is no such file/],
  ['a missing environment file', {}, { envFile: 'nope.env' }, /nope.env: it cannot be read/],
  [
    "Radiant's own variables",
    { 'radiant.config.json': '{"env":{"PORT":1}}' },
    {},
    /env.PORT: Radiant sets this/,
  ],
  ['an unfit variable', { 'radiant.config.json': '{"env":{"A-B":1}}' }, {}, /env.A-B: this is no name/],
  ['listen and host', { 'radiant.config.json': '{"listen":":1","host":"*"}' }, {}, /exclude each other/],
  ['none and others', {}, { listen: ['none', ':1'] }, /stands beside other addresses/],
  ['a range upside down', {}, { workers: '8-2' }, /"8-2" is not `auto`, a number/],
  [
    'a part of an option',
    { 'radiant.config.json': '{"workers":{"target":{"eventLoop":60}}}' },
    {},
    /json: workers\.target\.eventLoop: 60 does not fit: Too big/,
  ],
  [
    'an unknown part',
    { 'radiant.config.json': '{"workers":{"most":6}}' },
    {},
    /workers: there is no "most" in it/,
  ],
  [
    'a max below min',
    { 'radiant.config.json': '{"workers":{"min":6,"max":2}}' },
    {},
    /workers\.max: 2 .*below `min`/,
  ],
  ['a bad name', {}, { name: 'My Shop' }, /"My Shop" is not a name/],
];
for (const [title, content, flags, message] of files) {
  test(`refused: ${title}`, async () => {
    const error = await failure({ cwd: folder(content), flags });
    assert.match(error.message, message);
    assert.ok(error.remedy.length > 0);
  });
}

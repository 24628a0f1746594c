import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { before, describe, test, type TestContext } from 'node:test';
import { runApp } from '../../examples/meteor-app/app-process.ts';
import { run } from '../../src/cli/run.ts';
import { openTerminal } from '../../src/cli/output/terminal.ts';
import type { Finding, Verdict } from '../../src/doctor/finding.ts';
import { makeCertificate, tlsArgs } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { buildInstalled, meteorBundle } from '../support/meteor-bundle.ts';
import { proxyPath } from '../support/proxies.ts';
import { freePort, startRadiant } from '../support/radiant.ts';

interface Diagnosis {
  code: number;
  found: Finding[];
  verdict: (check: string) => Verdict | undefined;
}

async function print(
  args: string[],
  env: Record<string, string> = {},
  cwd = tmpdir(),
): Promise<{ code: number; output: string }> {
  const stream = new PassThrough();
  let output = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const code = await run(['doctor', ...args], { terminal: openTerminal(stream, stream), cwd, env });
  return { code, output };
}

async function doctor(args: string[], env?: Record<string, string>, cwd?: string): Promise<Diagnosis> {
  const { code, output } = await print([...args, '--json'], env, cwd);
  const found = JSON.parse(output) as Finding[];
  return { code, found, verdict: (check) => found.find((each) => each.check === check)?.verdict };
}

/** An nginx before these servers, by turns, as one would write it who knows nothing of Meteor. */
async function carelessNginx(t: TestContext, servers: string[], location: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rad-'));
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const file = join(folder, 'nginx.conf');
  await writeFile(
    file,
    `daemon off; pid ${folder}/pid; error_log ${folder}/error.log;
${process.getuid?.() === 0 ? 'user root;' : ''}
events {}
http {
  access_log off;
  ${temporary.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(' ')}
  upstream app { ${servers.map((each) => `server ${each};`).join(' ')} }
  server { listen 127.0.0.1:${port}; location / { proxy_pass http://app; ${location} } }
}`,
  );
  const child = spawn('nginx', ['-c', file], { env: { ...process.env, PATH: proxyPath }, stdio: 'inherit' });
  t.after(async () => {
    if (child.exitCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  });
  await eventually('nginx listens', () => {
    assert.equal(child.exitCode, null, 'nginx has ended');
    return accepts(port);
  });
  return `http://127.0.0.1:${port}`;
}

const accepts = (port: number): Promise<true | undefined> =>
  new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => resolve(true));
    socket.once('error', () => resolve(undefined)).once('connect', () => socket.destroy());
  });

const upgrade =
  "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection 'upgrade';";

describe('radiant doctor', () => {
  let bundle: { path: string };
  before(async () => (bundle = await meteorBundle()));

  /** `node main.js` twice, as a start script would. */
  async function twoProcesses(t: TestContext, bundles = [bundle.path, bundle.path]): Promise<string[]> {
    const ports = await Promise.all(bundles.map(() => freePort()));
    const started = ports.map((port, index) =>
      runApp(t, bundles[index]!, { PORT: String(port), ROOT_URL: 'http://localhost' }).line(/^LISTENING$/),
    );
    await Promise.all(started);
    return ports.map((port) => `127.0.0.1:${port}`);
  }

  test('a site that Radiant runs is well', async (t) => {
    const app = await startRadiant({ app: bundle.path, workers: 3 });
    t.after(() => app.stop());
    const { code, found } = await doctor(['--url', app.url]);
    assert.deepEqual(
      found.filter(({ verdict }) => verdict !== 'good'),
      [],
    );
    assert.deepEqual(
      found.map(({ check }) => check),
      ['site', 'WebSocket', 'polling', 'addresses', 'assets', 'release', 'clock'],
    );
    assert.match(found.find(({ check }) => check === 'release')!.found, /page and socket are of one release/);
    assert.equal(code, 0);
    const here = await doctor([bundle.path, '--name', app.name, '--port', String(app.port)], {
      RADIANT_HOME: app.home,
    });
    assert.match(here.found.find(({ check }) => check === 'port')!.found, /where the app runs/);
  });

  test('an nginx in front that passes no upgrade on, and that nobody counts', async (t) => {
    const app = await startRadiant({ app: bundle.path, workers: 2, args: ['--listen', 'none'] });
    t.after(() => app.stop());
    const { workers } = await app.status();
    const sockets = workers.map(({ socketPath }) => `unix:${socketPath}`);
    const url = await carelessNginx(
      t,
      sockets,
      'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
    );
    const { code, verdict } = await doctor(['--url', url]);
    assert.equal(code, 7);
    assert.equal(verdict('WebSocket'), 'wrong');
    assert.equal(verdict('polling'), 'good', 'whatever nginx does, a session reaches its worker');
  });

  test('two processes by turns are not sticky', async (t) => {
    const url = await carelessNginx(t, await twoProcesses(t), upgrade);
    const { code, verdict } = await doctor(['--url', url]);
    assert.equal(code, 7);
    assert.equal(verdict('polling'), 'wrong');
    assert.equal(verdict('WebSocket'), 'good');
  });

  test('a client that can lie about its address', async (t) => {
    const port = await freePort();
    const env = { PORT: String(port), ROOT_URL: 'http://localhost', HTTP_FORWARDED_COUNT: '1' };
    await runApp(t, bundle.path, env).line(/^LISTENING$/);
    const { code, found, verdict } = await doctor(['--url', `http://127.0.0.1:${port}`]);
    assert.equal(code, 7);
    assert.equal(verdict('addresses'), 'wrong');
    assert.match(found.find(({ check }) => check === 'addresses')!.found, /is believed/);
  });

  test('two releases at one address', async (t) => {
    const second = `${bundle.path}-v2`;
    await buildInstalled({ out: second, release: 'v2' });
    const url = await carelessNginx(t, await twoProcesses(t, [bundle.path, second]), upgrade);
    const { found, verdict } = await doctor(['--url', url]);
    assert.equal(verdict('release'), 'wrong');
    assert.match(found.find(({ check }) => check === 'release')!.found, /pages of 2 releases/);
  });

  test('over TLS: a certificate that this machine trusts, and one that it does not', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'rad-'));
    t.after(() => rm(folder, { recursive: true }));
    const app = await startRadiant({
      app: bundle.path,
      args: tlsArgs(makeCertificate(folder, 'shop', '127.0.0.1')),
    });
    t.after(() => app.stop());
    const trusted = await doctor(['--url', app.url]);
    assert.deepEqual(
      trusted.found.filter(({ verdict }) => verdict !== 'good'),
      [],
    );
    assert.deepEqual([trusted.code, trusted.found.length], [0, 7]);
    // `localhost` is not in the certificate.
    const { code, found } = await doctor(['--url', app.url.replace('127.0.0.1', 'localhost')]);
    assert.deepEqual([code, found.length], [7, 1]);
    assert.match(found[0]!.found, /cannot be reached: .*(?:altnames|certificate)/);
  });

  test('a site that is not there', async () => {
    const { code, output } = await print(['--url', `http://127.0.0.1:${await freePort()}`]);
    assert.equal(code, 7);
    assert.match(
      output,
      /^wrong {3}site {2}http:\S+ cannot be reached: .*ECONNREFUSED.*\n +→ `radiant status`/,
    );
    assert.equal((await print(['--url', 'shop.example.com'])).code, 64);
  });

  test('a machine and a bundle', async (t) => {
    const home = await mkdtemp(join(tmpdir(), 'rad-'));
    t.after(() => rm(home, { recursive: true }));
    const port = await freePort();
    const args = [bundle.path, '--name', 'shop', '--workers', '1', '--port', String(port)];
    const url = ['--root-url', `http://localhost:${port}`];
    const { found, verdict } = await doctor([...args, ...url], { RADIANT_HOME: home });
    const checks = [
      'open files',
      'waiting connections',
      'memory',
      'Node',
      'clock',
      'IPv6',
      'app',
      'Node of the app',
    ];
    for (const check of [...checks, 'ROOT_URL', 'proxies', 'port', 'sockets', 'nginx'])
      assert.ok(verdict(check), check);
    for (const check of ['app', 'Node of the app', 'ROOT_URL', 'proxies', 'port', 'sockets']) {
      assert.equal(verdict(check), 'good', JSON.stringify(found));
    }

    const taken = net.createServer().listen(port, '0.0.0.0');
    await once(taken, 'listening');
    t.after(() => taken.close());
    const settings = join(home, 'settings.json');
    await writeFile(settings, JSON.stringify({ text: 'x'.repeat(200_000) }));
    const deep = join(home, 'a-folder-with-a-name-that-is-too-long-for-sockets'.repeat(2));
    const wrong = ['--root-url', 'https://shop.example.com', '--settings', settings];
    const bad = await doctor([...args, ...wrong], { RADIANT_HOME: deep });
    assert.equal(bad.code, 7);
    for (const check of ['ROOT_URL', 'port', 'sockets']) assert.equal(bad.verdict(check), 'wrong', check);
    assert.equal(bad.verdict('settings'), 'advice');
  });

  test('the count of proxies in the environment, against that in the file', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'rad-'));
    t.after(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'radiant.config.json'), JSON.stringify({ app: bundle.path, proxies: 1 }));
    const env = { RADIANT_HOME: folder, HTTP_FORWARDED_COUNT: '2' };
    const { verdict } = await doctor([], env, folder);
    assert.equal(verdict('proxies'), 'wrong');
    await writeFile(join(folder, 'radiant.config.json'), '{ "proxys": 1 }');
    const broken = await doctor([], env, folder);
    assert.equal(broken.found[0]!.check, 'configuration');
    assert.equal(broken.code, 7);
    assert.ok(broken.verdict('memory'));
  });
});

import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { connect, DdpError, transports } from '../../test/support/ddp-client.ts';
import { freePort, runApp, startApp } from './app-process.ts';
import { buildBundle } from './build/bundle.ts';

let folder: string;
let bundle: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'radiant-example-'));
  bundle = join(folder, 'bundle');
  await buildBundle({ out: bundle, install: true });
});

after(() => rm(folder, { recursive: true, force: true }));

const start = (t: TestContext, env?: Record<string, string>, prefix?: string) =>
  startApp(t, bundle, env, prefix);

async function json(url: string, init?: RequestInit) {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each test asserts on what it reads
  return (await (await fetch(url, init)).json()) as Record<string, unknown>;
}

function onSocket(path: string) {
  return { UNIX_SOCKET_PATH: path, ROOT_URL: 'http://localhost/' };
}

/** Status of a request over a UNIX socket, or the error code of its connect. */
function overUnix(path: string): Promise<number | string | undefined> {
  return new Promise((resolve) => {
    http
      .get({ socketPath: path, path: '/api/whoami', agent: false }, (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode));
      })
      .once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
  });
}

describe('the bundle', () => {
  test('has the shape of a Meteor bundle', () => {
    const star = JSON.parse(readFileSync(join(bundle, 'star.json'), 'utf8'));
    assert.equal(star.nodeVersion, '20.20.2');
    assert.equal(readFileSync(join(bundle, '.node_version.txt'), 'utf8'), 'v20.20.2\n');
    const archs = star.programs.map((program: { arch: string }) => program.arch);
    assert.deepEqual(archs, ['web.browser', 'web.browser.legacy', 'web.cordova', 'os']);
    const program = JSON.parse(readFileSync(join(bundle, star.programs[0].path), 'utf8'));
    assert.equal(program.format, 'web-program-pre1');
    for (const { cacheable, url, hash } of program.manifest) assert.ok(!cacheable || url.includes(hash));
  });

  test('another release has another client, and building again keeps what was installed', async () => {
    const out = join(folder, 'other');
    const scripts = async (release: string) => {
      await buildBundle({ out, release });
      const program = JSON.parse(readFileSync(join(out, 'programs/web.browser/program.json'), 'utf8'));
      return program.manifest.find((entry: { type: string }) => entry.type === 'js').url;
    };
    const first = await scripts('v1');
    assert.equal(await scripts('v1'), first);
    assert.notEqual(await scripts('v2'), first);
    assert.ok(!existsSync(join(out, 'programs/server/node_modules')));
    await buildBundle({ out: bundle });
    assert.ok(existsSync(join(bundle, 'programs/server/node_modules/sockjs')));
  });
});

describe('HTTP', () => {
  test('ROOT_URL is required, and its path prefixes every route', async (t) => {
    const without = runApp(t, bundle, { PORT: '0' });
    assert.equal(await without.ended, 1);
    assert.match(without.output(), /ROOT_URL/);

    const { url, port } = await start(t, {}, '/app');
    assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 404);
    const page = await (await fetch(`${url}/some/unknown/path`)).text();
    assert.match(page, /src="\/app\/[0-9a-f]{40}\.js\?meteor_js_resource=true"/);
    assert.equal((await json(`${url}/sockjs/info`))['websocket'], true);
    const client = await connect(url, { transport: 'raw' });
    assert.equal(await client.call('add', 1, 2), 3);
  });

  test('files: hashed ones for a year, compressed for each request, those of another release missing', async (t) => {
    const { url } = await start(t);
    const { manifest } = await json(`${url}/__browser/manifest.json`);
    assert.ok(Array.isArray(manifest));
    const script = await fetch(`${url}${manifest[0].url}`);
    assert.equal(script.headers.get('cache-control'), 'public, max-age=31536000');
    assert.equal(script.headers.get('content-encoding'), 'gzip');
    assert.equal((await script.arrayBuffer()).byteLength, manifest[0].size);

    assert.equal((await fetch(`${url}/radiant.svg`)).headers.get('cache-control'), 'public, max-age=0');
    assert.equal((await fetch(`${url}/${'0'.repeat(40)}.js?meteor_js_resource=true`)).status, 404);
    const css = await fetch(`${url}/${'0'.repeat(40)}.css?meteor_css_resource=true`);
    assert.equal(css.status, 200);
    assert.match(await css.text(), /meteor-css-not-found-error/);
    for (const program of ['browser.legacy', 'cordova']) {
      assert.ok((await json(`${url}/__${program}/manifest.json`))['version']);
    }
    const modules = await json(`${url}/__meteor__/dynamic-import/fetch`, {
      method: 'POST',
      body: JSON.stringify({ 'late.js': 1, 'nope.js': 1 }),
    });
    assert.match(String(modules['late.js']), /release v1/);
    assert.equal(modules['nope.js'], null);
  });

  test('settings: parsed, public ones change the version, broken ones end the start', async (t) => {
    const settings = JSON.stringify({ public: { name: 'x' }, secret: 'y'.repeat(1000) });
    const { url } = await start(t, { METEOR_SETTINGS: settings });
    const got = await json(`${url}/api/settings`);
    assert.equal(got['length'], settings.length);
    assert.deepEqual(got['public'], { name: 'x' });
    const other = await start(t, { METEOR_SETTINGS: '{"public":{"name":"z"}}', ROOT_URL: url });
    const versionAt = async (base: string) => (await json(`${base}/__browser/manifest.json`))['version'];
    assert.notEqual(await versionAt(url), await versionAt(other.url));

    const broken = runApp(t, bundle, { PORT: '0', ROOT_URL: url, METEOR_SETTINGS: '{' });
    assert.equal(await broken.ended, 1);
  });

  test('client address: the count must be met exactly, or at least by the old rule', async (t) => {
    const cases: [env: Record<string, string>, header: string, expected: string | null][] = [
      [{}, '9.9.9.9', '127.0.0.1'],
      [{ HTTP_FORWARDED_COUNT: '1' }, '9.9.9.9', '9.9.9.9'],
      [{ HTTP_FORWARDED_COUNT: '1' }, '6.6.6.6, 9.9.9.9', null],
      [{ HTTP_FORWARDED_COUNT: '1', METEOR_FORWARDED_RULE: 'old' }, '6.6.6.6, 9.9.9.9', '9.9.9.9'],
      [{ HTTP_FORWARDED_COUNT: '2', METEOR_FORWARDED_RULE: 'old' }, '9.9.9.9', null],
    ];
    for (const [env, header, expected] of cases) {
      const { app, url } = await start(t, env);
      const headers = { 'x-forwarded-for': header };
      assert.equal((await json(`${url}/api/whoami`, { headers }))['clientAddress'], expected);
      const client = await connect(url, { headers });
      assert.equal((await client.call<{ clientAddress: unknown }>('whoami')).clientAddress, expected);
      app.child.kill('SIGKILL');
    }
  });
});

describe('signals and sockets', () => {
  test('over TCP, SIGTERM and SIGINT kill at once', async (t) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const { app } = await start(t);
      app.child.kill(signal);
      assert.equal(await app.ended, signal);
    }
  });

  test('over a UNIX socket a signal unlinks the path, whoever owns it now, and ends nothing', async (t) => {
    const path = join(folder, 'app.sock');
    const env = { ...onSocket(path), UNIX_SOCKET_PERMISSIONS: '660' };
    const first = runApp(t, bundle, env);
    await first.line(/^LISTENING$/);
    assert.equal(await overUnix(path), 200);
    assert.equal(statSync(path).mode & 0o777, 0o660);
    const client = await connect('http://localhost', { socketPath: path });

    // A second process takes the path over without asking; the signal to the first then removes the second's.
    const second = runApp(t, bundle, env);
    await second.line(/^LISTENING$/);
    assert.equal(await overUnix(path), 200);
    first.child.kill('SIGTERM');
    while (existsSync(path)) await client.call('echo', 1);
    assert.equal(await overUnix(path), 'ENOENT');
    assert.equal((await client.call<{ pid: number }>('whoami')).pid, first.pid);
    assert.equal(first.child.exitCode, null);
    assert.equal(second.child.exitCode, null);

    first.child.kill('SIGKILL');
    assert.equal(await first.ended, 'SIGKILL');
  });

  test('a path that is no socket, or in no folder, ends the start; a socket left behind does not', async (t) => {
    const path = join(folder, 'plain');
    writeFileSync(path, '');
    assert.equal(await runApp(t, bundle, onSocket(path)).ended, 1);
    assert.equal(await runApp(t, bundle, onSocket(join(folder, 'no/such/folder'))).ended, 1);

    const stale = join(folder, 'stale.sock');
    const killed = runApp(t, bundle, onSocket(stale));
    await killed.line(/^LISTENING$/);
    killed.child.kill('SIGKILL');
    await killed.ended;
    assert.equal(await overUnix(stale), 'ECONNREFUSED');
    await runApp(t, bundle, onSocket(stale)).line(/^LISTENING$/);
    assert.equal(await overUnix(stale), 200);
  });

  test('DDP_TRANSPORT=uws: the second process on a port does not start', async (t) => {
    const port = await freePort();
    const METEOR_SETTINGS = JSON.stringify({ packages: { 'ddp-server': { uws: { port } } } });
    const env = { DDP_TRANSPORT: 'uws', METEOR_SETTINGS };
    await start(t, env);
    const second = runApp(t, bundle, { ...env, PORT: '0', ROOT_URL: 'http://localhost/' });
    assert.equal(await second.ended, 1);
    assert.match(second.output(), new RegExp(`127\\.0\\.0\\.1:${port}.*taken`));
  });
});

describe('DDP', () => {
  for (const transport of transports) {
    test(`methods and publications over ${transport}`, async (t) => {
      const { app, url } = await start(t);
      const client = await connect(url, { transport, cookies: true });
      assert.equal((await client.call<{ pid: number }>('whoami')).pid, app.pid);
      const { documents } = await client.subscribe('burst', 50);
      assert.equal(documents.get('burst')?.size, 50);
      await client.subscribe('counter');
      const { fields } = await client.next(({ msg }) => msg === 'changed');
      assert.equal(fields?.['count'], 1);
      await assert.rejects(client.call('nope'), (error) => error instanceof DdpError && error.error === 404);
      await client.close();
    });
  }

  test('a method waits for the one before it unless that one unblocks', async (t) => {
    const { url } = await start(t);
    const client = await connect(url);
    const order: string[] = [];
    const called = (name: string, ...params: unknown[]) =>
      client.call(name, ...params).then(() => order.push(name));
    await Promise.all([called('incrementAlone', 'one', 50), called('echo', 1)]);
    await Promise.all([called('slow', 500), called('add', 1, 1)]);
    assert.deepEqual(order, ['incrementAlone', 'echo', 'add', 'slow']);
  });

  test('a lost network is resumed, with what happened meanwhile; a close by the server is not', async (t) => {
    const { url } = await start(t);
    const client = await connect(url, { transport: 'websocket' });
    await client.subscribe('counter');
    // Just after one message, so that the next one, a second later, finds no client that has gone and is not known to.
    await client.next(({ msg }) => msg === 'changed');
    await client.drop();
    const resumed = await connect(url, client.resumption);
    assert.ok(resumed.resumed);
    const { collection } = await resumed.next(({ msg }) => msg === 'changed');
    assert.equal(collection, 'counters');

    await assert.rejects(resumed.call('kick'), /connection closed/);
    assert.equal((await connect(url, resumed.resumption)).resumed, false);
  });

  test('a session that missed messages is not resumed', async (t) => {
    const { url } = await start(t);
    const client = await connect(url);
    await client.drop();
    const { session, receivedCount } = client.resumption;
    const other = await connect(url, { session, receivedCount: receivedCount - 1 });
    assert.equal(other.resumed, false);
  });

  test('a version that is not known is answered with one that is', async (t) => {
    const { url } = await start(t);
    await assert.rejects(connect(url, { version: '9', support: ['9'] }), /wants DDP version 1/);
    assert.equal((await connect(url, { version: 'pre1', support: ['pre1'] })).resumed, false);
  });

  test('a long-poll session of another process is not known here: 404', async (t) => {
    const { url } = await start(t);
    const send = await fetch(`${url}/sockjs/123/abcdefgh/xhr_send`, { method: 'POST', body: '["x"]' });
    assert.equal(send.status, 404);
  });

  test('DISABLE_WEBSOCKETS leaves the polling transports', async (t) => {
    const { url } = await start(t, { DISABLE_WEBSOCKETS: '1' });
    await assert.rejects(connect(url, { transport: 'raw' }));
    const client = await connect(url, { transport: 'xhr-polling' });
    assert.equal(await client.call('echo', 'x'), 'x');
    await client.close();
  });
});

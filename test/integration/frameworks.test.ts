import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startRadiant, type RunningApp, type RunOptions } from '../support/radiant.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/frameworks/${name}`, import.meta.url));

const bodyOf = async (stream: AsyncIterable<unknown>): Promise<string> => {
  let body = '';
  for await (const chunk of stream) body += String(chunk);
  return body;
};

function get(
  options: http.RequestOptions,
  request: (options: https.RequestOptions) => http.ClientRequest = http.get,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ agent: false, rejectUnauthorized: false, ...options });
    sent.on('response', (response) => resolve(bodyOf(response)));
    sent.on('error', reject);
  });
}

async function getHttp2(url: string): Promise<string> {
  const session = http2.connect(url, { rejectUnauthorized: false });
  const body = await bodyOf(session.request({ ':path': '/' }).setEncoding('utf8'));
  session.close();
  await once(session, 'close');
  return body;
}

async function start(t: TestContext, name: string, options: Partial<RunOptions> = {}): Promise<RunningApp> {
  const app = await startRadiant({ app: fixture(name), ...options });
  t.after(() => app.stop());
  return app;
}

const workersOf = async (app: RunningApp): Promise<{ pid: number; socketPath: string }[]> =>
  (await app.status()).workers.map(({ pid, socketPath }) => ({ pid: pid!, socketPath }));

describe('servers of all kinds start with two workers and answer', () => {
  const ways: Record<string, (app: RunningApp) => Promise<string>> = {
    'express.cjs': ({ port }) => get({ port }),
    'koa.cjs': ({ port }) => get({ port }),
    'fastify.cjs': ({ port }) => get({ port }),
    'hapi.cjs': ({ port }) => get({ port }),
    'module.mjs': ({ port }) => get({ port }),
    'subclass.cjs': ({ port }) => get({ port }),
    'https.cjs': ({ port }) => get({ port }, https.get),
    'http2.cjs': ({ port }) => getHttp2(`https://127.0.0.1:${port}`),
    'h2c.cjs': ({ port }) => getHttp2(`http://127.0.0.1:${port}`),
  };
  for (const [name, ask] of Object.entries(ways)) {
    test(name, async (t) => {
      const app = await start(t, name);
      const pids = (await workersOf(app)).map(({ pid }) => pid);
      assert.equal(pids.length, 2);
      const [who, pid] = (await ask(app)).split(' ');
      assert.equal(who, name.split('.')[0]);
      assert.ok(pids.includes(Number(pid)), `${pid} is none of ${pids.join()}`);
    });
  }

  test("https: a client's cookie leads to its worker, and its own socket speaks TLS too", async (t) => {
    const app = await start(t, 'https.cjs');
    const { workers } = await app.status();
    for (const { slot, pid, socketPath } of workers) {
      const headers = { Cookie: `radiant-app=${slot}.1` };
      for (let i = 0; i < 6; i += 1) {
        // oxlint-disable-next-line no-await-in-loop -- one connection after the other
        assert.equal(await get({ port: app.port, headers }, https.get), `https ${pid}`);
      }
      // oxlint-disable-next-line no-await-in-loop
      assert.equal(await get({ socketPath }, https.get), `https ${pid}`);
    }
  });
});

describe('where Radiant listens', () => {
  test('on localhost both IP versions are served, for an app that listens on both', async (t) => {
    const app = await start(t, 'fastify.cjs', { args: ['--host', 'localhost'] });
    for (const host of ['127.0.0.1', '::1']) {
      // oxlint-disable-next-line no-await-in-loop -- two of them
      assert.match(await get({ port: app.port, host }), /^fastify \d+$/);
    }
  });

  test('on a UNIX socket', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'listen-'));
    t.after(() => rm(folder, { recursive: true }));
    const socketPath = join(folder, 'public.sock');
    const app = await start(t, 'express.cjs', { args: ['--listen', socketPath] });
    const pids = (await workersOf(app)).map(({ pid }) => `express ${pid}`);
    assert.ok(pids.includes(await get({ socketPath })));
  });

  test("nowhere: then only the workers' sockets are there", async (t) => {
    const app = await start(t, 'express.cjs', { args: ['--listen', 'none', '--socket-mode', '600'] });
    await assert.rejects(get({ port: app.port }), { code: 'ECONNREFUSED' });
    for (const { pid, socketPath } of await workersOf(app)) {
      // oxlint-disable-next-line no-await-in-loop -- two of them
      assert.equal(await get({ socketPath }), `express ${pid}`);
      // oxlint-disable-next-line no-await-in-loop
      assert.equal((await stat(socketPath)).mode & 0o777, 0o600);
    }
  });

  test('UNIX_SOCKET_PATH names the place, and the mode is 660', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'sockets-'));
    t.after(() => rm(folder, { recursive: true }));
    const base = join(folder, 'meteor.sock');
    const app = await start(t, 'express.cjs', { env: { UNIX_SOCKET_PATH: base } });
    assert.deepEqual((await readdir(folder)).toSorted(), ['meteor.sock.1.sock', 'meteor.sock.2.sock']);
    const workers = await workersOf(app);
    assert.equal(await get({ socketPath: `${base}.1.sock` }), `express ${workers[0]!.pid}`);
    assert.equal((await stat(`${base}.2.sock`)).mode & 0o777, 0o660);
  });
});

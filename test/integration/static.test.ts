import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http, { type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { appNodes } from '../fixtures/nodes.ts';
import { eventually } from '../support/eventually.ts';
import { meteorBundle } from '../support/meteor-bundle.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';

interface Item {
  path: string;
  url: string;
  where: string;
}

interface Got {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

let folder: string;
let bundle: Awaited<ReturnType<typeof meteorBundle>>;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rad-static-'));
  bundle = await meteorBundle();
});
after(async () => {
  await rm(folder, { recursive: true });
});

async function get(
  app: RunningApp,
  path: string,
  headers: http.OutgoingHttpHeaders = {},
  method = 'GET',
): Promise<Got> {
  const request = http.request({ host: '127.0.0.1', port: app.port, path, headers, method, agent: false });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) };
}

/** The agent's answers are told by their entity tag: the app's have the same one for every coding. */
const byAgent = ({ headers }: Got): boolean => headers.etag?.endsWith('-br"') ?? false;

async function start(
  t: TestContext,
  options: { args?: string[]; settings?: unknown; env?: Record<string, string>; app?: string } = {},
): Promise<RunningApp> {
  const args = [...(options.args ?? [])];
  if (options.settings !== undefined) {
    const path = join(folder, 'settings.json');
    await writeFile(path, JSON.stringify(options.settings));
    args.push('--settings', path);
  }
  const app = await startRadiant({
    app: options.app ?? bundle.path,
    workers: 1,
    args,
    ...(options.env && { env: options.env }),
  });
  t.after(() => app.stop());
  return app;
}

/** Every URL of the manifests, with the bytes that belong to it. */
async function everyUrl(): Promise<{ url: string; content: Buffer }[]> {
  const lists = await Promise.all(
    ['web.browser', 'web.browser.legacy', 'web.cordova'].map(async (arch) => {
      const program = join(bundle.path, 'programs', arch);
      const { manifest } = JSON.parse(await readFile(join(program, 'program.json'), 'utf8')) as {
        manifest: Item[];
      };
      const client = manifest.filter(({ where }) => where === 'client');
      return Promise.all(
        client.map(async ({ url, path }) => ({
          url: `/__${arch.slice(4)}${url}`,
          content: await readFile(join(program, path)),
        })),
      );
    }),
  );
  const named = lists.flat();
  return [...named, ...named.map(({ url, content }) => ({ url: url.replace(/^\/__[^/]+/, ''), content }))];
}

const script = async (): Promise<string> =>
  (await everyUrl()).find(({ url }) => /^\/[0-9a-f]+\.js/.test(url))!.url;

const takenOver = (app: RunningApp, path: string): Promise<Got> =>
  eventually(`${path} to be taken over`, async () => {
    const got = await get(app, path, { 'accept-encoding': 'br' });
    return byAgent(got) ? got : undefined;
  });

describe('the example Meteor app', () => {
  for (const node of ['14.21.3', undefined]) {
    test(`every URL of every architecture, on Node ${node ?? 'of the tests'}`, async (t) => {
      const path = node === undefined ? process.execPath : (await appNodes(node))[0]!.path;
      const app = await start(t, {
        args: ['--node', path],
        settings: { example: { headers: { 'X-Frame': 'no' } } },
      });
      for (const { url, content } of await everyUrl()) {
        const first = await get(app, url, { 'accept-encoding': 'identity' });
        assert.ok(first.body.equals(content), url);
        if (content.length > 2_000) await takenOver(app, url);
        for (const coding of ['identity', 'gzip', 'br']) {
          const { status, headers, body } = await get(app, url, { 'accept-encoding': coding });
          const decoded = { gzip: gunzipSync, br: brotliDecompressSync }[headers['content-encoding'] ?? ''];
          assert.equal(status, 200);
          assert.ok((decoded?.(body) ?? body).equals(content), `${url} ${coding}`);
          assert.equal(headers['content-type'], first.headers['content-type']);
          assert.equal(headers['x-frame'], 'no');
        }
      }
      const url = await script();
      const { headers } = await get(app, url, { 'accept-encoding': 'br' });
      assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable');
      const again = await get(app, url, { 'accept-encoding': 'br', 'if-none-match': headers.etag });
      assert.equal(again.status, 304);
      const part = await get(app, url, { range: 'bytes=1-3' });
      assert.deepEqual([part.status, part.body.length], [206, 3]);
      const head = await get(app, url, { 'accept-encoding': 'br' }, 'HEAD');
      assert.equal(head.headers['content-length'], headers['content-length']);
    });
  }

  test('what a password protects stays protected', async (t) => {
    const app = await start(t, { settings: { example: { password: 'secret' } } });
    const url = await script();
    const authorization = `Basic ${Buffer.from('radiant:secret').toString('base64')}`;
    for (let i = 0; i < 5; i += 1) {
      assert.equal((await get(app, url)).status, 401);
      const known = await get(app, url, { authorization, 'accept-encoding': 'gzip, br' });
      assert.deepEqual([known.status, byAgent(known)], [200, false]);
    }
  });

  test('below a path of ROOT_URL', async (t) => {
    const app = await start(t, {
      args: ['--root-url', 'http://localhost/some/app'],
    });
    const url = await script();
    await takenOver(app, `/some/app${url}`);
    await takenOver(app, `/some/app/__browser${url}`);
    assert.equal((await get(app, url)).status, 404);
  });

  test('--no-static leaves all to the app', async (t) => {
    const app = await start(t, { args: ['--no-static'] });
    const url = await script();
    for (let i = 0; i < 5; i += 1) {
      const got = await get(app, url, { 'accept-encoding': 'br, gzip' });
      assert.deepEqual([got.status, got.headers['content-encoding']], [200, 'gzip']);
    }
  });

  test('many at once, some of which go away', async (t) => {
    const app = await start(t);
    const url = await script();
    await takenOver(app, url);
    const { body } = await get(app, url);
    await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        if (i % 2 === 0) {
          assert.ok((await get(app, url)).body.equals(body));
          return;
        }
        const request = http.get({ host: '127.0.0.1', port: app.port, path: url, agent: false });
        await once(request, 'response');
        request.destroy();
      }),
    );
    assert.ok((await get(app, url)).body.equals(body));
  });
});

test('a plain Node app with a folder', async (t) => {
  const config = join(folder, 'radiant.config.json');
  await writeFile(
    config,
    JSON.stringify({ static: { '/assets': join(bundle.path, 'programs/web.browser') } }),
  );
  const app = await start(t, {
    app: join(import.meta.dirname, 'apps', 'static-app.cjs'),
    args: ['--config', config],
  });
  const url = `/assets${(await script()).split('?', 1)[0]}`;
  const got = await takenOver(app, url);
  assert.equal(got.headers['content-type'], 'text/javascript; charset=UTF-8');
  assert.equal((await get(app, '/assets/.hidden')).status, 404);
  assert.equal((await get(app, '/')).body.toString(), 'the app');
  for (let i = 0; i < 3; i += 1) {
    assert.ok(
      (await get(app, '/assets/program.json')).headers['set-cookie'] !== undefined,
      'a cookie: the app answers',
    );
  }
});

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, readdirSync, readlinkSync, unlinkSync } from 'node:fs';
import http, { type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { eventually } from '../../../test/support/eventually.ts';

import { fileOf, get, taken, world, type Got, type Handler } from '../../../test/support/static-world.ts';

const text = `${'a line of a script\n'.repeat(5_000)}end`;
const year = 'public, max-age=31536000';

const script: Handler = (_request, response) => {
  response.writeHead(200, {
    'Content-Type': 'application/javascript; charset=UTF-8',
    'Cache-Control': year,
    Vary: 'User-Agent',
    'Content-Security-Policy': "default-src 'self'",
    'X-App': '1',
    ETag: '"of-the-app"',
  });
  response.end(text);
};
const oneScript = (folder: string) => [{ '/a.js': fileOf(folder, 'a.js', text) }];

test('a file that the app gives to anybody is taken over, with the headers of the app', async (t) => {
  const here = await world(t, script, oneScript);
  const got = await taken(here, '/a.js?meteor_js_resource=true');
  assert.equal(got.body.toString(), text);
  assert.equal(got.headers['content-security-policy'], "default-src 'self'");
  assert.equal(got.headers['cache-control'], `${year}, immutable`);
  assert.equal(got.headers.vary, 'User-Agent, Accept-Encoding');
  assert.equal(got.headers['content-length'], String(text.length));
  assert.ok(got.headers.date);
  const before = here.asked();
  const zipped = await get(here, '/a.js', { headers: { 'accept-encoding': 'gzip, deflate, br;q=0.9' } });
  assert.equal(zipped.headers['content-encoding'], 'gzip');
  assert.equal(gunzipSync(zipped.body).toString(), text);
  const brotli = await get(here, '/a.js', { headers: { 'accept-encoding': 'gzip, deflate, br' } });
  assert.equal(brotliDecompressSync(brotli.body).toString(), text);
  assert.equal(new Set([got, zipped, brotli].map(({ headers }) => headers.etag)).size, 3);
  const head = await get(here, '/a.js', { method: 'HEAD' });
  assert.deepEqual([head.status, head.body.length], [200, 0]);
  assert.equal(head.headers['content-length'], String(text.length));
  assert.equal(here.asked(), before);
  await get(here, '/a.js', { method: 'POST' });
  await get(here, '/other.js');
  await get(here, '/%61.js');
  assert.equal(here.asked(), before + 2);
});

test('conditions and ranges', async (t) => {
  const here = await world(t, script, oneScript);
  const { headers } = await taken(here, '/a.js');
  const etag = headers.etag!;
  const ask = (fields: http.OutgoingHttpHeaders): Promise<Got> => get(here, '/a.js', { headers: fields });
  for (const tag of [etag, `W/${etag}`, '*', `"x", ${etag}`, etag.replace(/"$/, '-br"')]) {
    const got = await ask({ 'if-none-match': tag, 'accept-encoding': 'gzip' });
    assert.deepEqual([got.status, got.body.length], [304, 0], tag);
    if (tag.endsWith('-br"')) assert.equal(got.headers.etag, tag);
  }
  assert.equal((await ask({ 'if-none-match': '"x"' })).status, 200);
  const part = async (range: string, fields: http.OutgoingHttpHeaders = {}): Promise<[number, string]> => {
    const { status, body } = await ask({ range, ...fields });
    return [status, body.toString()];
  };
  assert.deepEqual(await part('bytes=2-5'), [206, text.slice(2, 6)]);
  assert.deepEqual(await part('bytes=-3'), [206, 'end']);
  assert.deepEqual(await part(`bytes=${text.length - 3}-`), [206, 'end']);
  assert.deepEqual(await part('bytes=2-5', { 'if-range': etag }), [206, text.slice(2, 6)]);
  for (const ifRange of ['"x"', `W/${etag}`, 'Mon, 01 Jan 2024 00:00:00 GMT']) {
    assert.deepEqual(await part('bytes=2-5', { 'if-range': ifRange }), [200, text]);
  }
  assert.deepEqual(await part('bytes=1-2,4-5'), [200, text]);
  assert.deepEqual(await part('bytes=5-2'), [200, text]);
  const outside = await ask({ range: `bytes=${text.length}-` });
  assert.deepEqual([outside.status, outside.headers['content-range']], [416, `bytes */${text.length}`]);
});

const refusals: Record<string, Handler> = {
  'a password': (_request, response) => response.writeHead(401, { 'X-App': '1' }).end('no'),
  'a redirect': (_request, response) => response.writeHead(302, { 'X-App': '1', Location: '/login' }).end(),
  'a cookie': (_request, response) =>
    response.writeHead(200, { 'X-App': '1', 'Set-Cookie': 'a=1' }).end(text),
  'other bytes': (_request, response) => response.writeHead(200, { 'X-App': '1' }).end(`${text}.`),
  'an answer for one client': (_request, response) =>
    response.writeHead(200, { 'X-App': '1', 'Cache-Control': 'private' }).end(text),
};
for (const [what, handler] of Object.entries(refusals)) {
  test(`what the app answers with ${what} stays with the app`, async (t) => {
    const here = await world(t, handler, (folder) => [
      { '/a.js': fileOf(folder, 'a.js', text, { fromFolder: true, contentType: 'text/javascript' }) },
    ]);
    await get(here, '/a.js');
    await eventually('the app to be asked', () => here.asked() >= 2);
    for (let i = 0; i < 5; i += 1) {
      const got = await get(here, '/a.js');
      assert.equal(got.headers['x-app'], '1');
      assert.equal(got.headers['accept-ranges'], undefined);
    }
  });
}

const byOrigin: Handler = (_request, response) => {
  response.writeHead(200, { 'X-App': '1', Vary: 'Origin' }).end(text);
};
test('what the app answers by another field stays with the app for requests that have it', async (t) => {
  const here = await world(t, byOrigin, oneScript);
  await taken(here, '/a.js');
  const before = here.asked();
  await get(here, '/a.js');
  assert.equal(here.asked(), before);
  await get(here, '/a.js', { headers: { origin: 'https://example.com' } });
  assert.equal(here.asked(), before + 1);
});

test('a file of another release is served as the app serves its own ones, and only a hashed one', async (t) => {
  let asked = '';
  const handler: Handler = (request, response) => {
    if (request.url === '/own.js') script(request, response);
    else {
      asked = request.url!;
      response.writeHead(404, { 'X-App': '1' }).end();
    }
  };
  const here = await world(t, handler, (folder) => [
    { '/own.js': fileOf(folder, 'own.js', text) },
    {
      '/old.js': fileOf(folder, 'old.js', `${text} old`, { sourceMapUrl: '/old.map' }),
      '/plain.js': fileOf(folder, 'plain.js', 'plain', { cacheable: false }),
      '/old.css': fileOf(folder, 'old.css', 'a{}'),
    },
  ]);
  const old = await get(here, '/old.js', { headers: { 'x-draining': '1' } });
  assert.equal(old.status, 200, 'the first request waits until the app has spoken');
  assert.equal(old.body.toString(), `${text} old`);
  assert.equal(old.headers['x-sourcemap'], '/old.map');
  assert.equal(old.headers['content-security-policy'], "default-src 'self'");
  assert.equal(asked, '');
  for (const path of ['/plain.js', '/old.css']) assert.equal((await get(here, path)).status, 404);
});

test('an app that protects its files protects those of other releases', async (t) => {
  const here = await world(t, refusals['a password']!, (folder) => [
    { '/own.js': fileOf(folder, 'own.js', text) },
    { '/old.js': fileOf(folder, 'old.js', `${text} old`) },
  ]);
  for (let i = 0; i < 3; i += 1) assert.equal((await get(here, '/old.js')).status, 401);
});

test('a worker that drains serves only what has a hash in its name', async (t) => {
  const here = await world(t, script, (folder) => [
    { '/a.js': fileOf(folder, 'a.js', text, { cacheable: false }) },
  ]);
  await taken(here, '/a.js');
  const before = here.asked();
  await get(here, '/a.js', { headers: { 'x-draining': '1' } });
  assert.equal(here.asked(), before + 1);
});

const unknown: Handler = (_request, response) => {
  response.writeHead(404, { 'X-App': '1', 'Content-Security-Policy': 'none' }).end('no such page');
};
test('a file in a folder of the user: served where the app has none, and not when it has changed', async (t) => {
  const here = await world(t, unknown, (folder) => [
    {
      '/a.js': fileOf(folder, 'a.js', text, {
        fromFolder: true,
        cacheable: false,
        contentType: 'text/javascript',
      }),
    },
  ]);
  const got = await taken(here, '/a.js');
  assert.equal(got.body.toString(), text);
  assert.equal(got.headers['content-type'], 'text/javascript');
  assert.equal(got.headers['content-security-policy'], undefined);
  appendFileSync(join(here.folder, 'a.js'), 'more');
  await eventually('the change to be seen', async () => (await get(here, '/a.js')).status === 404);
});

test('what does not fit into the cache comes from disk, whole and in parts, to many at once', async (t) => {
  const big = randomBytes(700_000).toString('base64');
  const handler: Handler = (_request, response) => response.writeHead(200, { 'X-App': '1' }).end(big);
  const here = await world(t, handler, (folder) => [{ '/big.js': fileOf(folder, 'big.js', big) }], 1_000);
  await taken(here, '/big.js');
  const before = here.asked();
  const all = await Promise.all(Array.from({ length: 40 }, () => get(here, '/big.js')));
  for (const { body } of all) assert.ok(body.equals(Buffer.from(big)));
  const zipped = await get(here, '/big.js', { headers: { 'accept-encoding': 'br' } });
  assert.ok(brotliDecompressSync(zipped.body).equals(Buffer.from(big)));
  const part = await get(here, '/big.js', { headers: { range: 'bytes=300000-600000' } });
  assert.equal(part.body.toString(), big.slice(300_000, 600_001));
  assert.equal(here.asked(), before);

  // Clients that go away in the middle leave no descriptor behind.
  await Promise.all(
    Array.from({ length: 40 }, async () => {
      const request = http.get({ host: '127.0.0.1', port: here.port, path: '/big.js', agent: false });
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      await once(response, 'data');
      request.destroy();
    }),
  );
  const open = (): number =>
    readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).startsWith(here.folder);
      } catch {
        return false;
      }
    }).length;
  await eventually('at most two files are open', () => open() <= 2);
  assert.ok((await get(here, '/big.js')).body.equals(Buffer.from(big)));
});

test('when the file has gone the app answers', async (t) => {
  const here = await world(t, script, oneScript);
  await eventually('it to be taken over', async () => {
    const { headers } = await get(here, '/a.js', { method: 'HEAD' });
    return headers['accept-ranges'] === 'bytes';
  });
  unlinkSync(join(here.folder, 'a.js'));
  const before = here.asked();
  assert.equal((await get(here, '/a.js')).body.toString(), text);
  assert.equal(here.asked(), before + 1);
});

const bySite: Handler = (request, response) =>
  response.writeHead(200, { 'X-Site': request.headers.host, 'Cache-Control': year }).end(text);

test('each name of a site has its own word, and its own headers', async (t) => {
  const here = await world(t, bySite, oneScript);
  for (const host of ['a.test', 'b.test', 'a.test']) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const got = await taken(here, '/a.js', { headers: { host } });
    assert.equal(got.headers['x-site'], host);
  }
});

const refusing: Record<string, (request: IncomingMessage) => boolean> = {
  'the address of a client': ({ socket }) => socket.remoteAddress !== '127.0.0.1',
  'the address that a proxy tells': ({ headers }) => headers['x-forwarded-for'] !== '198.51.100.7, 127.0.0.1',
  Host: ({ headers }) => headers.host !== 'inside.test',
};
const guardedBy =
  (refuses: (request: IncomingMessage) => boolean, status: number): Handler =>
  (request, response) => {
    if (refuses(request)) response.writeHead(status, { 'X-App': '1' }).end('no');
    else response.writeHead(200, { 'X-App': '1', 'Cache-Control': year }).end(text);
  };

for (const [what, refuses] of Object.entries(refusing)) {
  for (const status of [401, 403, 404]) {
    test(`what the app protects by ${what} stays with it (${status})`, async (t) => {
      const here = await world(t, guardedBy(refuses, status), oneScript);
      const inside = { host: 'inside.test', 'x-forwarded-for': '198.51.100.7, 127.0.0.1' };
      await get(here, '/a.js', { headers: { host: 'outside.test' } });
      const first = await get(here, '/a.js', { headers: inside });
      assert.equal(first.status, 200);
      await eventually('the app to be asked', () => here.asked() >= 3);
      for (let i = 0; i < 5; i += 1) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        const got = await get(here, '/a.js', { headers: inside });
        assert.deepEqual([got.status, got.headers['x-app'], got.headers.etag], [200, '1', undefined]);
      }
    });
  }
}

test('the app is asked again, and what it protects by now is its own', async (t) => {
  let [now, refuses] = [0, false];
  const changing: Handler = (_request, response) => {
    if (refuses) response.writeHead(403, { 'X-App': '1' }).end('no');
    else response.writeHead(200, { 'X-App': '1', 'Cache-Control': year }).end(text);
  };
  const here = await world(t, changing, oneScript, undefined, () => now);
  await taken(here, '/a.js');
  now += 61_000;
  const before = here.asked();
  await get(here, '/a.js');
  await eventually('the app to be asked again', () => here.asked() === before + 2);
  assert.ok((await taken(here, '/a.js')).headers.etag);
  assert.equal(here.asked(), before + 2);
  refuses = true;
  now += 61_000;
  assert.equal((await get(here, '/a.js')).status, 403);
  await eventually('the file to be given back', async () => (await get(here, '/a.js')).status === 403);
  refuses = false;
  for (let i = 0; i < 3; i += 1) {
    now += 61_000;
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    assert.equal((await get(here, '/a.js')).headers['accept-ranges'], undefined);
  }
});

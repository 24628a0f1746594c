import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { download, IntegrityError, verifyFile } from './download.ts';

const content = Buffer.alloc(300_000, 'radiant');
const source = (url: string) => ({ tarball: url, integrity: sri('sha512') });
const sri = (algorithm: string) => `${algorithm}-${createHash(algorithm).update(content).digest('base64')}`;

async function place(t: TestContext, listener: RequestListener): Promise<{ url: string; file: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'radiant-download-'));
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true });
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return { url: `http://127.0.0.1:${address.port}/a.tgz`, file: join(folder, 'a.tgz') };
}

const serve: RequestListener = (_request, response) => {
  response.setHeader('content-length', content.length);
  response.end(content);
};

test('a download is written, counted and checked', async (t) => {
  const { url, file } = await place(t, serve);
  const seen: [number, number][] = [];
  await download({ tarball: url, integrity: sri('sha512') }, file, (...step) => seen.push(step));
  assert.deepEqual(await readFile(file), content);
  assert.deepEqual(seen.at(-1), [content.length, content.length]);
});

test('the strongest of several integrity values counts', async (t) => {
  const { url, file } = await place(t, serve);
  await download({ tarball: url, integrity: `sha1-wrong ${sri('sha512')}` }, file, () => {});
  await verifyFile(file, sri('sha1'));
  await assert.rejects(verifyFile(file, `${sri('sha1')} sha512-wrong`), IntegrityError);
});

test('a wrong or unknown integrity value is an error of its own kind', async (t) => {
  const { url, file } = await place(t, serve);
  await assert.rejects(
    download({ tarball: url, integrity: 'sha512-AAAA' }, file, () => {}),
    IntegrityError,
  );
  await assert.rejects(
    download({ tarball: url, integrity: 'md5-AAAA' }, file, () => {}),
    IntegrityError,
  );
});

test('a refusal and a cut connection are errors', async (t) => {
  const refused = await place(t, (_request, response) => response.writeHead(401).end());
  await assert.rejects(
    download(source(refused.url), refused.file, () => {}),
    /answered 401/,
  );
  const cut = await place(t, (_request, response) => {
    response.setHeader('content-length', content.length);
    response.write(content.subarray(0, 1000), () => response.destroy());
  });
  await assert.rejects(download(source(cut.url), cut.file, () => {}));
});

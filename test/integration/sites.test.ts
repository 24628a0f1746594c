import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeCertificate } from '../support/certificates.ts';
import { connect, transports } from '../support/ddp-client.ts';
import { meteorBundle } from '../support/meteor-bundle.ts';
import { haproxy, nginx, prepareProxy, type Proxy } from '../support/proxies.ts';
import { freePort, startRadiant, type RunningApp } from '../support/radiant.ts';
import { startProxy } from '../support/running-proxy.ts';

const nodeApp = fileURLToPath(new URL('../../examples/node-app', import.meta.url));
const run = promisify(execFile);

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rad-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const hidden = ['--listen', 'none', '--proxies', '1'];

/** A Meteor app below a path. */
async function shopBelow(t: TestContext): Promise<RunningApp> {
  const bundle = await meteorBundle();
  const shop = await startRadiant({
    app: bundle.path,
    workers: 2,
    name: 'shop',
    args: [...hidden, '--root-url', 'http://127.0.0.1/the/shop'],
  });
  t.after(() => shop.stop());
  return shop;
}

/** All of a Meteor app works below the path of ROOT_URL. */
async function worksBelow(url: string, app: RunningApp, fromDisk: boolean): Promise<void> {
  for (const transport of transports) {
    for (const cookies of [true, false]) {
      // oxlint-disable no-await-in-loop -- one after the other
      const client = await connect(url, { transport, cookies });
      assert.equal((await client.subscribe('burst', 20)).documents.get('burst')?.size, 20);
      await client.close();
      // oxlint-enable no-await-in-loop
    }
  }
  const page = await fetch(`${url}/`, { headers: { accept: 'text/html' } });
  assert.match(page.headers.getSetCookie().join(), /^radiant-shop=.*; Path=\/the\/shop/i);
  const web = join(app.home, 'state', app.name, 'web', 'identity', 'the', 'shop');
  const name = (await readdir(web)).find((each) => each.endsWith('.js'))!;
  const file = await fetch(`${url}/${name}?meteor_js_resource=true`);
  assert.equal(await file.text(), await readFile(join(web, name), 'utf8'));
  if (fromDisk)
    assert.match(file.headers.get('etag')!, /^"[\da-f]+-[\da-f]+"$/, 'it comes from nginx itself');
}

test('two sites behind one nginx, one of them below a path', async (t) => {
  const shop = await shopBelow(t);
  // A name too long for nginx's hash tables, with dashes, which no variable may have.
  const name = 'shop-of-the-other-kind-2';
  const other = await startRadiant({ app: nodeApp, workers: 2, name, args: hidden });
  t.after(() => other.stop());
  const folder = await folderOf(t);
  const port = await freePort();
  const file = join(folder, 'other.conf');
  // What the second app needs is included beside the first one's.
  const both: Proxy = {
    ...nginx,
    main: (place, exported) =>
      nginx.main(place, exported).replace('include ', `include ${file};\n  include `),
  };
  prepareProxy(nginx, {
    home: other.home,
    name: other.name,
    port,
    folder,
    flags: ['--server-name', 'localhost'],
  });
  await writeFile(file, await readFile(join(folder, 'nginx.conf'), 'utf8'));
  const proxy = await startProxy(t, both, shop, { port, flags: ['--server-name', '127.0.0.1'] });
  await worksBelow(`${proxy.url}/the/shop`, shop, true);
  const who = (await (await fetch(`http://localhost:${port}/api/whoami`)).json()) as { headers: object };
  assert.ok('x-forwarded-for' in who.headers);
  const errors = (await proxy.errors())
    .split('\n')
    .filter((line) => /\[(?:warn|error|crit|emerg)\]/.test(line));
  assert.deepEqual(errors, []);
});

test('a site below a path, behind HAProxy', async (t) => {
  const shop = await shopBelow(t);
  const { url } = await startProxy(t, haproxy, shop);
  await worksBelow(`${url}/the/shop`, shop, false);
});

for (const proxy of [nginx, haproxy]) {
  test(`${proxy.name} speaks HTTPS and HTTP/2 in front`, async (t) => {
    const app = await startRadiant({
      app: nodeApp,
      workers: 2,
      args: ['--listen', 'none', '--proxies', '1'],
    });
    t.after(() => app.stop());
    const folder = await folderOf(t);
    const { cert, key } = makeCertificate(folder, 'site', 'localhost');
    const joined = join(folder, 'both.pem');
    await writeFile(joined, `${await readFile(cert, 'utf8')}${await readFile(key, 'utf8')}`);
    const flags = proxy === nginx ? ['--tls-cert', cert, '--tls-key', key] : ['--tls-cert', joined];
    const { port } = await startProxy(t, proxy, app, { flags });
    const address = `https://127.0.0.1:${port}/api/whoami`;
    const asked = ['--silent', '--insecure', '--http2', '--write-out', '\n%{http_version}', address];
    const [body, version] = (await run('curl', asked)).stdout.split('\n');
    assert.equal(version, '2');
    const { headers, clientAddress } = JSON.parse(body!) as {
      headers: Record<string, string>;
      clientAddress: string;
    };
    assert.equal(headers['x-forwarded-proto'], 'https');
    assert.equal(clientAddress, '127.0.0.1');
  });
}

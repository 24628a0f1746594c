import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFile, rename, writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { appNodes } from '../fixtures/nodes.ts';
import { makeCertificate, tlsArgs } from '../support/certificates.ts';
import { closed } from '../support/closed.ts';
import { runCommand } from '../support/command.ts';
import { connect, transports } from '../support/ddp-client.ts';
import { eventually } from '../support/eventually.ts';
import { HttpLoad } from '../support/http-load.ts';
import { meteorBundle } from '../support/meteor-bundle.ts';
import { freePort, startRadiant, type RunningApp } from '../support/radiant.ts';
import { Scrape, scrapeText } from '../support/scrape.ts';
import { testFolder } from '../support/tiny-apps.ts';
import { full } from '../support/full-size.ts';

const nodeApp = fileURLToPath(new URL('../../examples/node-app', import.meta.url));

interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

function get(url: string, options: https.RequestOptions = {}): Promise<Answer> {
  const client = url.startsWith('https:') ? https : http;
  return new Promise((resolve, reject) => {
    const request = client.get(url, { agent: false, ...options } as object, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    });
    request.on('error', reject);
  });
}

/** The plain Node app behind HTTPS, for 127.0.0.1. */
async function serve(
  t: TestContext,
  args: string[] = [],
): Promise<RunningApp & { cert: string; key: string }> {
  const pair = makeCertificate(await testFolder(t), 'first', '127.0.0.1', 'localhost');
  const app = await startRadiant({ app: nodeApp, args: [...tlsArgs(pair), ...args] });
  t.after(() => app.stop());
  return { ...app, ...pair };
}

/** One HTTPS request on a connection of its own; its session can be resumed by the next one. */
async function visitWith(
  port: number,
  options: tls.ConnectionOptions,
): Promise<{ pid: number; reused: boolean; session: Buffer; names: string }> {
  const socket = tls.connect({ port, host: '127.0.0.1', ...options });
  let session: Buffer | undefined;
  socket.on('session', (ticket: Buffer) => (session = ticket));
  await once(socket, 'secureConnect');
  const { subjectaltname = '' } = socket.getPeerCertificate();
  const reused = socket.isSessionReused();
  socket.write(
    'GET /api/whoami HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\nConnection: close\r\n\r\n',
  );
  let text = '';
  socket.setEncoding('utf8').on('data', (more: string) => (text += more));
  await once(socket, 'close');
  const { pid } = JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)) as { pid: number };
  return { pid, reused, session: session ?? socket.getSession()!, names: subjectaltname };
}

for (const version of ['14.21.3', '26']) {
  test(`an app on Node ${version} behind HTTPS sees an encrypted connection and the true client`, async (t) => {
    const [node] = await appNodes(version);
    const app = await serve(t, ['--node', node!.path]);
    const { status, body } = await get(`${app.url}/api/whoami`);
    assert.equal(status, 200);
    assert.equal((JSON.parse(body) as { remoteAddress: string }).remoteAddress, '127.0.0.1');
    assert.match((await app.status()).url, /^https:/);
  });
}

/** Visits until each of the two workers was met. */
async function meetBoth(
  port: number,
  options: tls.ConnectionOptions,
  met: (reused: boolean) => void,
): Promise<void> {
  const seen = new Set<number>();
  for (let visits = 0; seen.size < 2; visits += 1) {
    assert.ok(visits < 1000, 'the kernel chooses the other worker too');
    // oxlint-disable-next-line no-await-in-loop -- until the kernel has chosen both
    const { pid, reused } = await visitWith(port, options);
    met(reused);
    seen.add(pid);
  }
}

test('a TLS session resumes in every worker, also in those that a restart brings', async (t) => {
  const app = await serve(t);
  const versions = (['TLSv1.2', 'TLSv1.3'] as const).map((version) => ({
    minVersion: version,
    maxVersion: version,
  }));
  const firsts = await Promise.all(versions.map((options) => visitWith(app.port, options)));
  assert.deepEqual(
    firsts.map(({ reused }) => reused),
    [false, false],
  );
  const resumed = async (): Promise<void> => {
    for (const [index, options] of versions.entries()) {
      const { session } = firsts[index]!;
      // oxlint-disable-next-line no-await-in-loop
      await meetBoth(app.port, { ...options, session }, (reused) => assert.ok(reused, options.minVersion));
    }
  };
  await resumed();
  const load = new HttpLoad(`${app.url}/api/whoami`, { keepAlive: 4, fresh: 2 });
  t.after(() => load.stop());
  await app.control.restart({});
  await load.stop();
  assert.ok(load.requests > 0);
  assert.deepEqual(load.failures, [], 'nor does the restart lose a request');
  await resumed();
});

test('the certificate is chosen by the host name, and the first one serves all others', async (t) => {
  const folder = await testFolder(t);
  const pairs = [
    makeCertificate(folder, 'shop', 'shop.test', '127.0.0.1'),
    makeCertificate(folder, 'blog', 'blog.test', '*.blog.test'),
  ];
  const app = await startRadiant({ app: nodeApp, args: tlsArgs(...pairs) });
  t.after(() => app.stop());
  const named = async (servername: string): Promise<string> =>
    (await visitWith(app.port, { servername, checkServerIdentity: () => undefined })).names;
  assert.match(await named('shop.test'), /shop\.test/);
  assert.match(await named('blog.test'), /blog\.test/);
  assert.match(await named('my.blog.test'), /blog\.test/);
  assert.match(await named('other.test'), /shop\.test/);
  const { certificates } = await app.status();
  assert.deepEqual(
    certificates?.map(({ names }) => names[0]),
    ['shop.test', 'blog.test'],
  );
  const { series } = new Scrape(await scrapeText(app));
  const expiry = series.get('radiant_certificate_expiry_timestamp_seconds{name="blog.test"}');
  assert.equal(expiry, Date.parse(certificates[1]!.expires!) / 1000);
});

test('a new certificate is served without closing a WebSocket; a bad one changes nothing', async (t) => {
  const app = await serve(t);
  const { cert, key } = app;
  const url = app.url.replace('https', 'wss');
  const sockets = Array.from({ length: full ? 500 : 50 }, () => new WebSocket(url));
  t.after(() => sockets.forEach((socket) => socket.terminate()));
  await Promise.all(sockets.map((socket) => once(socket, 'open')));
  let left = 0;
  for (const socket of sockets) socket.on('close', () => (left += 1));

  const next = makeCertificate(await testFolder(t), 'second', '127.0.0.1', 'second.test');
  const mismatch = /certificates.*the key is not that of the certificate/s;
  const noticed = await app.event((event) => event.type === 'notice' && mismatch.test(event.text));
  await copyFile(next.cert, cert);
  await noticed.seen;
  assert.doesNotMatch((await visitWith(app.port, {})).names, /second/, 'half a pair is not served');
  const refused = await runCommand(app, ['tls', 'reload']);
  assert.equal(refused.code, 7, refused.output);

  await copyFile(next.key, `${key}.new`);
  await rename(`${key}.new`, key);
  const { code, output } = await runCommand(app, ['tls', 'reload']);
  assert.equal(code, 0, output);
  const shown = (await runCommand(app, ['tls'])).output;
  assert.ok(shown.includes(`${cert}\n`) && /second\.test +second +20/.test(shown), shown);
  const renewal = await runCommand(app, ['tls', 'renew']);
  assert.equal(renewal.code, 8, 'Radiant has got no certificate itself');
  assert.match(renewal.output, /no certificate by ACME/);
  assert.match(output, /second\.test/);
  for (const _ of [1, 2, 3, 4]) {
    // oxlint-disable-next-line no-await-in-loop
    assert.match((await visitWith(app.port, {})).names, /second\.test/);
  }
  const echoes = sockets.map((socket) => once(socket, 'message'));
  for (const socket of sockets) socket.send('still there');
  await Promise.all(echoes);
  assert.equal(left, 0);
});

test('plain HTTP is sent on to HTTPS with path and query, and browsers are told to stay there', async (t) => {
  const port = await freePort();
  const app = await serve(t, ['--redirect', `127.0.0.1:${port}`, '--hsts', '31536000']);
  const moved = await get(`http://127.0.0.1:${port}/a/b?c=%20d`);
  assert.equal(moved.status, 308);
  assert.equal(moved.headers.location, `${app.url}/a/b?c=%20d`);
  const strange = await get(`http://127.0.0.1:${port}/`, { headers: { host: 'evil.test/@x' } });
  assert.equal(strange.status, 400);
  assert.equal(strange.headers.location, undefined);
  const { headers } = await get(`${app.url}/api/whoami`);
  assert.equal(headers['strict-transport-security'], 'max-age=31536000');

  // Who does not speak TLS is cut off, and the others are served.
  const socket = net.connect(app.port, '127.0.0.1').on('error', () => {});
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await closed(socket.resume());
  assert.equal((await get(`${app.url}/api/whoami`)).status, 200);
});

test('a session finds its worker over every transport of HTTPS', async (t) => {
  const { path } = await meteorBundle();
  const certificate = makeCertificate(await testFolder(t), 'meteor', '127.0.0.1');
  const app = await startRadiant({ app: path, workers: 3, args: tlsArgs(certificate) });
  t.after(() => app.stop());
  const clients = await Promise.all(
    Array.from({ length: 24 }, (_, i) =>
      connect(app.url, { transport: transports[i % transports.length]!, cookies: i % 3 > 0 }),
    ),
  );
  for (const client of clients) {
    // oxlint-disable-next-line no-await-in-loop -- a few calls each
    const { documents } = await client.subscribe('burst', 10);
    assert.equal(documents.get('burst')?.size, 10);
  }
  await eventually('they are spread over all workers', async () => {
    const { workers } = await app.status();
    return workers.length === 3 && workers.every(({ websockets }) => websockets > 0);
  });
  await Promise.all(clients.map((client) => client.close()));
});

test('a WebSocket over TLS that belongs nowhere stays in the worker that accepted it', async (t) => {
  const app = await serve(t);
  const opened = async (origin: string): Promise<number> => {
    const { series } = await Scrape.of(app);
    const name = 'radiant_connections_opened_total';
    return [1, 2].reduce((sum, slot) => sum + series.get(`${name}{slot="${slot}",origin="${origin}"}`)!, 0);
  };
  const before = await opened('sibling');
  // So few that no share of them is unfair.
  const sockets = Array.from({ length: 8 }, () => new WebSocket(app.url.replace('https', 'wss')));
  t.after(() => sockets.forEach((socket) => socket.terminate()));
  await Promise.all(sockets.map((socket) => once(socket, 'open')));
  assert.equal(await opened('public'), sockets.length);
  assert.equal(await opened('sibling'), before);
});

/** What `radiant start` with these arguments ends with. */
async function failing(args: string[], code: number, pattern: RegExp): Promise<void> {
  const app = await startRadiant({ app: nodeApp, args, early: true });
  const [exit] = (await once(app.process, 'close')) as [number];
  await app.stop();
  assert.equal(exit, code, app.output());
  assert.match(app.output(), pattern);
}

test('a certificate that cannot be served is one clear error before anything runs', async (t) => {
  const folder = await testFolder(t);
  const first = makeCertificate(folder, 'one', '127.0.0.1');
  const second = makeCertificate(folder, 'two', '127.0.0.1');
  const damaged = join(folder, 'damaged.pem');
  await writeFile(damaged, 'no certificate');
  await failing(tlsArgs({ cert: first.cert, key: second.key }), 7, /the key is not that of the certificate/);
  await failing(tlsArgs({ cert: damaged, key: first.key }), 7, /damaged\.pem holds no certificate/);
  await failing(tlsArgs({ cert: join(folder, 'none'), key: first.key }), 7, /none cannot be read/);
  await failing(['--tls-cert', first.cert], 64, /1 certificates and 0 keys/);
  await failing(['--redirect', ':80'], 78, /there is no HTTPS/);
  const twice = ['--listen', '127.0.0.1:4443', '--redirect', '127.0.0.1:4443'];
  await failing([...tlsArgs(first), ...twice], 78, /127\.0\.0\.1:4443 is an address of listen already/);
});

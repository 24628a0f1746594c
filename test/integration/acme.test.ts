import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { lastEvents } from '../../src/history/read.ts';
import type { RadiantError } from '../../src/common/errors.ts';
import type { FleetEvent } from '../../src/running/events.ts';
import { appNodes } from '../fixtures/nodes.ts';
import { closed } from '../support/closed.ts';
import { runCommand } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { startPebble, type Pebble, type PebbleOptions } from '../support/pebble.ts';
import { freePort, startRadiant, type RunningApp } from '../support/radiant.ts';
import { testFolder, tinyApp } from '../support/tiny-apps.ts';

const nodeApp = fileURLToPath(new URL('../../examples/node-app', import.meta.url));
const domains = ['shop.test', 'www.shop.test'];

interface Site {
  app: RunningApp;
  pebble: Pebble;
  tlsPort: number;
  httpPort: number;
}

/** A plain Node app, whose certificate comes from Pebble. */
async function serve(
  t: TestContext,
  options: Partial<PebbleOptions>,
  args: string[],
  env: Record<string, string> = {},
  path = nodeApp,
): Promise<Site> {
  const [tlsPort, httpPort] = await Promise.all([freePort(), freePort()]);
  const pebble = await startPebble(t, { tlsPort, httpPort, ...options });
  const names = domains.flatMap((domain) => ['--acme-domain', domain]);
  const addresses = ['--listen', `127.0.0.1:${tlsPort}`, '--redirect', `127.0.0.1:${httpPort}`];
  const app = await startRadiant({
    app: path,
    args: [...addresses, ...names, ...pebble.args, ...args],
    env: { ...pebble.env, ...env },
  });
  t.after(() => app.stop());
  return { app, pebble, tlsPort, httpPort };
}

/** What has become of the certificate. */
async function certificateEvents({
  home,
  name,
}: RunningApp): Promise<(FleetEvent & { type: 'certificate' })[]> {
  const file = join(home, 'state', name, 'events.log');
  const events = await lastEvents(file, 100, { types: new Set(['certificate']) });
  return events.filter((event) => event.type === 'certificate');
}

async function until(app: RunningApp, step: string, times = 1): Promise<void> {
  await eventually(`${times} times ${step}`, async () => {
    const events = await certificateEvents(app);
    return events.filter((event) => event.step === step).length >= times;
  });
}

/** The serial number of the certificate that a visitor gets, who trusts Pebble's root and nobody else. */
async function visit({ pebble, tlsPort }: Site, servername = 'shop.test'): Promise<string> {
  const socket = tls.connect({ port: tlsPort, host: '127.0.0.1', servername, ca: pebble.root });
  await once(socket, 'secureConnect');
  const { serialNumber } = socket.getPeerCertificate();
  socket.end('GET / HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n').resume();
  await closed(socket);
  return serialNumber;
}

/** The same of one who trusts everybody. */
async function serialShown({ tlsPort }: Site): Promise<string> {
  const options = { host: '127.0.0.1', rejectUnauthorized: false, servername: 'shop.test' };
  const socket = tls.connect({ port: tlsPort, ...options });
  await once(socket, 'secureConnect');
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

async function inTheClear(port: number, path: string): Promise<http.IncomingMessage> {
  const request = http.get({ port, host: '127.0.0.1', path, agent: false, headers: { host: 'shop.test' } });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  return response.resume();
}

test('a certificate comes by tls-alpn-01, is kept, and is not asked for again by the next supervisor', async (t) => {
  const [oldest] = await appNodes('14.21.3');
  const site = await serve(t, {}, ['--acme-challenge', 'tls-alpn-01', '--node', oldest!.path]);
  const { app, pebble } = site;
  await until(app, 'issued');
  const serial = await visit(site);
  assert.equal(await visit(site, 'www.shop.test'), serial);

  const steps = (await certificateEvents(app)).map(({ step }) => step);
  assert.deepEqual(steps, ['missing', 'ordered', 'issued']);
  const { certificates, supervisor } = await app.status();
  assert.deepEqual(certificates?.[0]?.names.toSorted(), domains);
  assert.ok(Date.parse(certificates[0].renewal!.next) < Date.parse(certificates[0].expires!));
  assert.match(
    (await runCommand(app, ['status'])).output,
    /certificate for .*, by Pebble Intermediate CA .*the authority is asked next at/,
  );

  const kept = join(app.home, 'state', app.name, 'acme');
  const [folder] = await readdir(kept);
  assert.equal((await stat(join(kept, folder!))).mode & 0o777, 0o700);
  const files = await readdir(join(kept, folder!));
  assert.deepEqual(files.toSorted(), ['account.json', 'certificate.pem']);
  for (const file of files) {
    // oxlint-disable-next-line no-await-in-loop
    assert.equal((await stat(join(kept, folder!, file))).mode & 0o777, 0o600, file);
  }

  const byHand = await Promise.allSettled([1, 2].map(() => app.control.renewCertificate({})));
  const outcomes = byHand.map((each) =>
    each.status === 'fulfilled' ? 'renewed' : (each.reason as RadiantError).code,
  );
  assert.deepEqual(outcomes.toSorted(), ['RENEWAL_RUNNING', 'renewed']);
  const renewed = await visit(site);
  assert.notEqual(renewed, serial);

  const orders = pebble.orders();
  assert.equal(orders, 2);
  process.kill(supervisor.pid, 'SIGKILL');
  await eventually('another supervisor with both workers', async () => {
    const now = await app.status().catch(() => undefined);
    const ready = now?.workers.filter(({ state }) => state === 'ready');
    return now?.supervisor.pid !== supervisor.pid && ready?.length === 2;
  });
  assert.equal(await visit(site), renewed);
  await app.control.restart({});
  assert.equal(await visit(site), renewed, 'new workers get it too');
  assert.equal(pebble.orders(), orders);
});

test('a certificate comes by http-01 past the redirect, for an account bound to another one, and without workers', async (t) => {
  const key = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W';
  const args = ['--acme-challenge', 'http-01', '--acme-eab-key-id', 'kid-1', '--acme-email', 'ops@shop.test'];
  const folder = await testFolder(t);
  const gate = join(folder, 'gate');
  await writeFile(gate, '');
  const path = await tinyApp(folder, { label: 'gated', start: 'gated', gate });
  const keys = { 'kid-1': key };
  const site = await serve(
    t,
    { keys },
    [...args, '--queue-timeout', '500ms'],
    { RADIANT_ACME_EAB_KEY: key },
    path,
  );
  const { app, httpPort } = site;
  await until(app, 'issued');
  const serial = await visit(site);

  const challenge = await inTheClear(httpPort, '/.well-known/acme-challenge/of-somebody-else');
  assert.notEqual(challenge.statusCode, 308, 'the app may answer');
  assert.equal(challenge.headers.connection, 'close');
  assert.equal((await inTheClear(httpPort, '/.well-known/other')).statusCode, 308);

  const { supervisor, workers } = await app.status();
  const pids = [supervisor.pid, ...workers.map(({ pid }) => pid)];
  const told = await Promise.all([
    ...pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8')),
    ...workers.map(({ pid }) => readFile(`/proc/${pid}/environ`, 'utf8')),
    readFile(join(app.home, 'state', app.name, 'log', 'supervisor.log'), 'utf8'),
    readFile(join(app.home, 'state', app.name, 'events.log'), 'utf8'),
  ]);
  for (const said of [...told, app.output(), JSON.stringify(await app.status())]) {
    assert.ok(!said.includes(key), 'the key is a secret');
  }

  await rm(gate);
  for (const { pid } of workers) process.kill(pid!, 'SIGKILL');
  await eventually(
    'the supervisor answers',
    async () => (await inTheClear(httpPort, '/').catch(() => undefined))?.statusCode === 503,
  );
  assert.equal(await visit(site), serial);
  const renewed = await runCommand(app, ['tls', 'renew']);
  assert.equal(renewed.code, 0, renewed.output);
  await eventually('the supervisor serves the new one', async () => (await visit(site)) !== serial);
});

test('a certificate is renewed under open connections, and stays when the authority fails', async (t) => {
  const site = await serve(t, { validSeconds: 9 }, []);
  const { app, pebble, tlsPort } = site;
  await until(app, 'issued');
  // A visitor who comes late on a busy machine finds one that is over, and the next one then.
  const first = await eventually('a certificate', () => visit(site).catch(() => undefined));
  const socket = new WebSocket(`wss://127.0.0.1:${tlsPort}`, { rejectUnauthorized: false });
  t.after(() => socket.terminate());
  await once(socket, 'open');
  await eventually('another one', async () => {
    const serial = await visit(site).catch(() => undefined);
    return serial !== undefined && serial !== first;
  });
  const echo = once(socket, 'message');
  socket.send('still there');
  await echo;

  await pebble.stop();
  await until(app, 'failed');
  const failed = (await certificateEvents(app)).findLast(({ step }) => step === 'failed');
  const kept = await serialShown(site);
  assert.ok(failed?.step === 'failed' && failed.expires !== undefined);
  assert.match(failed.reason, /ECONNREFUSED/);
  assert.ok(Date.parse(failed.next) >= failed.time + 50_000, 'a minute after it has begun to fail');
  const { code, output } = await runCommand(app, ['tls', 'renew']);
  assert.equal(code, 10, output);
  assert.match(output, /ECONNREFUSED.*; the one in use stays; it expires 20/);
  const [certificate] = (await app.status()).certificates!;
  assert.match(certificate!.renewal?.lastFailure?.reason ?? '', /ECONNREFUSED/);
  await until(app, 'expiring');
  const shown = (await runCommand(app, ['tls'])).output;
  assert.match(shown, /Pebble Intermediate CA .* \((?:soon|expired)\) .* ACME, localhost/);
  assert.match(shown, /no new certificate for .*ECONNREFUSED/);
  assert.equal(await serialShown(site), kept);
});

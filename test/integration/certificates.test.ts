import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { appNodes } from '../fixtures/nodes.ts';
import { expire, makeCertificate, makeChain, makeChainOf, rsa, tlsArgs } from '../support/certificates.ts';
import { runCommand } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { serving, testFolder, tinyApp } from '../support/tiny-apps.ts';

const nodeApp = fileURLToPath(new URL('../../examples/node-app', import.meta.url));

interface Seen {
  /** The names of the chain, the server's own certificate first. */
  chain: string[];
  cipher: string;
}

/** What a client is shown. Rejects when there is no handshake. */
async function shown(port: number, options: tls.ConnectionOptions = {}): Promise<Seen> {
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
  await once(socket, 'secureConnect');
  const chain: string[] = [];
  let certificate: tls.DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (certificate !== undefined && !chain.includes(String(certificate.subject.CN))) {
    chain.push(String(certificate.subject.CN));
    certificate = certificate.issuerCertificate;
  }
  const { standardName } = socket.getCipher();
  socket.destroy();
  return { chain, cipher: standardName };
}

for (const version of ['14.21.3', '26']) {
  test(`a pair of RSA and one of ECDSA for the same name both serve, with modern ciphers alone, on Node ${version}`, async (t) => {
    const folder = await testFolder(t);
    const names = ['shop.test', 'www.shop.test'];
    const pairs = [makeChainOf(rsa, folder, 'old', ...names), makeChain(folder, 'new', ...names)];
    const [node] = await appNodes(version);
    const app = await startRadiant({ app: nodeApp, args: [...tlsArgs(...pairs), '--node', node!.path] });
    t.after(() => app.stop());
    for (const servername of ['shop.test', 'WWW.shop.test', 'other.test']) {
      const ask = async (ciphers: string): Promise<string[]> =>
        (await shown(app.port, { servername, ciphers, maxVersion: 'TLSv1.2' })).chain;
      // oxlint-disable no-await-in-loop -- one name after the other
      assert.deepEqual(await ask('ECDHE-RSA-AES128-GCM-SHA256'), ['old', 'old-between']);
      assert.deepEqual(await ask('ECDHE-ECDSA-AES128-GCM-SHA256'), ['new', 'new-between']);
      assert.deepEqual((await shown(app.port, { servername })).chain, ['new', 'new-between']);
      // oxlint-enable no-await-in-loop
    }
    for (const weak of [
      'AES128-SHA',
      'AES128-GCM-SHA256',
      'ECDHE-RSA-AES128-SHA',
      'DHE-RSA-AES128-GCM-SHA256',
    ]) {
      // oxlint-disable-next-line no-await-in-loop
      await assert.rejects(shown(app.port, { ciphers: weak, maxVersion: 'TLSv1.2' }), weak);
    }
    assert.match((await shown(app.port)).cipher, /^TLS_AES_/);
  });
}

/** The names in the certificate of a site. */
const siteOf = async (app: RunningApp, servername: string): Promise<string> =>
  (await shown(app.port, { servername })).chain[0]!;

test('a bad pair holds up no other one, and what was served of it outlives the supervisor', async (t) => {
  const folder = await testFolder(t);
  const [shop, blog] = [
    makeCertificate(folder, 'shop', 'shop.test'),
    makeCertificate(folder, 'blog', 'blog.test'),
  ];
  const app = await startRadiant({ app: nodeApp, args: tlsArgs(shop, blog) });
  t.after(() => app.stop());
  const key = await readFile(shop.key);
  const renewed = makeCertificate(folder, 'blog-again', 'blog.test');
  await writeFile(shop.key, ''); // whoever writes it has only begun
  await Promise.all([copyFile(renewed.cert, blog.cert), copyFile(renewed.key, blog.key)]);

  const reloaded = await runCommand(app, ['tls', 'reload']);
  assert.equal(reloaded.code, 7, reloaded.output);
  assert.ok(reloaded.output.includes(shop.key) && !reloaded.output.includes('blog'), reloaded.output);
  assert.deepEqual([await siteOf(app, 'shop.test'), await siteOf(app, 'blog.test')], ['shop', 'blog-again']);
  assert.match((await runCommand(app, ['tls'])).output, /what is there now is not served: .*shop/);

  await writeFile(shop.key, key);
  const good = await readFile(shop.cert);
  expire(shop);
  assert.match((await runCommand(app, ['tls', 'reload'])).output, /shop\.pem has expired/);
  assert.equal((await runCommand(app, ['tls', '--json'])).output.includes('"expiresSoon": true'), false);
  await writeFile(shop.cert, good);
  await writeFile(shop.key, 'half a ke');

  const upgrade = await runCommand(app, ['upgrade']);
  assert.equal(upgrade.code, 7, upgrade.output);
  const before = await serving(app);
  const { supervisor } = await app.status();
  process.kill(supervisor.pid, 'SIGKILL');
  const next = await eventually('the next supervisor has found the workers', async () => {
    const status = await app.status().catch(() => undefined);
    return status && status.supervisor.pid !== supervisor.pid && (await serving(app)).length === 2
      ? status
      : undefined;
  });
  assert.match(next.certificates?.[0]?.problem ?? '', /shop\.key/);
  assert.deepEqual([await siteOf(app, 'shop.test'), await siteOf(app, 'blog.test')], ['shop', 'blog-again']);
  assert.deepEqual(await serving(app), before, 'they have what nobody can read');

  await writeFile(shop.key, key);
  const { code, output } = await runCommand(app, ['tls', 'reload']);
  assert.equal(code, 0, output);
  await eventually('new workers serve', async () => {
    const pids = await serving(app);
    return pids.length === 2 && pids.every((pid) => !before.includes(pid));
  });
  assert.deepEqual([await siteOf(app, 'shop.test'), await siteOf(app, 'blog.test')], ['shop', 'blog-again']);
});

test('while no worker lives each site has its own certificate', async (t) => {
  const folder = await testFolder(t);
  const gate = join(folder, 'gate');
  await writeFile(gate, '');
  const path = await tinyApp(folder, { label: 'gated', start: 'gated', gate });
  const pairs = [makeCertificate(folder, 'shop', 'shop.test'), makeCertificate(folder, 'blog', 'blog.test')];
  const app = await startRadiant({ app: path, args: [...tlsArgs(...pairs), '--queue-timeout', '500ms'] });
  t.after(() => app.stop());
  await rm(gate);
  for (const pid of await serving(app)) process.kill(pid, 'SIGKILL');
  // Nobody accepts until the supervisor does.
  assert.deepEqual([await siteOf(app, 'blog.test'), await siteOf(app, 'shop.test')], ['blog', 'shop']);
  assert.deepEqual(await serving(app), []);
});

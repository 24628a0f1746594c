import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import test from 'node:test';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { makeCertificate, tlsArgs } from '../support/certificates.ts';
import { runCommand } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { serving, testFolder } from '../support/tiny-apps.ts';

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
  await writeFile(shop.key, 'half a ke');
  await Promise.all([copyFile(renewed.cert, blog.cert), copyFile(renewed.key, blog.key)]);

  const reloaded = await runCommand(app, ['tls', 'reload']);
  assert.equal(reloaded.code, 7, reloaded.output);
  assert.ok(reloaded.output.includes(shop.cert) && !reloaded.output.includes(blog.cert), reloaded.output);
  assert.deepEqual([await siteOf(app, 'shop.test'), await siteOf(app, 'blog.test')], ['shop', 'blog-again']);
  assert.match((await runCommand(app, ['tls'])).output, /what is there now is not served: .*shop/);

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
  assert.match(next.certificates?.[0]?.problem ?? '', /shop\.pem/);
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

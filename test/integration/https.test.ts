import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { launchBrowser, Tab } from '../support/browser.ts';
import { makeCertificate, makeChain, tlsArgs } from '../support/certificates.ts';
import { meteorBundle } from '../support/meteor-bundle.ts';
import { startRadiant } from '../support/radiant.ts';
import { testFolder } from '../support/tiny-apps.ts';

const nodeApp = fileURLToPath(new URL('../../examples/node-app', import.meta.url));

/** Asks for /api/whoami with `openssl s_client`, and returns all that it prints, the answer included. */
function visit(port: number, args: string[]): Promise<string> {
  const to = ['-connect', `127.0.0.1:${port}`, '-ign_eof', '-showcerts', '-alpn', 'http/1.1'];
  return new Promise((resolve) => {
    const child = execFile('openssl', ['s_client', ...to, ...args], (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
    child.stdin!.end(
      'GET /api/whoami HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\nConnection: close\r\n\r\n',
    );
  });
}

/** The names in the list of the chain, the server's first. */
const subjects = (text: string): string[] =>
  [...text.matchAll(/^ ?\d+ s:CN ?= ?(\S+)$/gm)].map(([, name]) => name!);

const pidOf = (text: string): number => Number(/"pid":(\d+)/.exec(text)?.[1]);

test('openssl sees the whole chain, the certificate of the name, and resumes in every worker', async (t) => {
  const folder = await testFolder(t);
  const first = makeChain(folder, 'shop', 'shop.test', '127.0.0.1');
  const second = makeChain(folder, 'blog', 'blog.test');
  const app = await startRadiant({ app: nodeApp, args: tlsArgs(first, second) });
  t.after(() => app.stop());
  for (const version of ['1_2', '1_3']) {
    const protocol = `TLSv${version.replace('_', '.')}`;
    const of = (name: string, root: string): string[] => [
      `-tls${version}`,
      '-servername',
      name,
      '-CAfile',
      root,
      '-verify_hostname',
      name,
      '-verify_return_error',
    ];
    const saved = join(folder, `session${version}`);
    // oxlint-disable no-await-in-loop -- one after the other
    const shop = await visit(app.port, [...of('shop.test', first.root), '-sess_out', saved]);
    assert.match(shop, /Verify return code: 0 \(ok\)/);
    assert.match(shop, new RegExp(`New, ${protocol}, Cipher is`));
    assert.match(shop, /ALPN protocol: http\/1\.1/);
    assert.deepEqual(subjects(shop), ['shop', 'shop-between']);
    const blog = await visit(app.port, of('blog.test', second.root));
    assert.match(blog, /Verify return code: 0 \(ok\)/);
    assert.deepEqual(subjects(blog), ['blog', 'blog-between']);
    const met = new Set<number>();
    for (let visits = 0; met.size < 2; visits += 1) {
      assert.ok(visits < 200, 'the kernel chooses the other worker too');
      const again = await visit(app.port, [...of('shop.test', first.root), '-sess_in', saved]);
      assert.match(again, new RegExp(`Reused, ${protocol}, Cipher is`));
      met.add(pidOf(again));
    }
    // oxlint-enable no-await-in-loop
  }
  for (const old of ['-tls1', '-tls1_1']) {
    // oxlint-disable-next-line no-await-in-loop
    assert.ok(!pidOf(await visit(app.port, [old, '-cipher', 'DEFAULT@SECLEVEL=0'])), `${old} is refused`);
  }
});

/** Has Chromium take this certificate for one that it trusts: so it also obeys what the site says of its safety. */
async function trusting(cert: string): Promise<string> {
  const { publicKey } = new X509Certificate(await readFile(cert));
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return `--ignore-certificate-errors-spki-list=${createHash('sha256').update(spki).digest('base64')}`;
}

for (const protocol of ['http/1.1', 'h2']) {
  test(`Chromium loads the page over HTTPS (${protocol}), connects over wss, and comes back over HTTPS alone`, async (t) => {
    const { path } = await meteorBundle();
    const pair = makeCertificate(await testFolder(t), 'shop', 'shop.test');
    const args = [...tlsArgs(pair), '--hsts', '31536000', ...(protocol === 'h2' ? ['--http2'] : [])];
    const app = await startRadiant({ app: path, args });
    t.after(() => app.stop());
    const browser = await launchBrowser(
      await trusting(pair.cert),
      '--host-resolver-rules=MAP shop.test 127.0.0.1',
    );
    t.after(() => browser.close());
    const site = `shop.test:${app.port}/`;
    for (const transport of ['websocket', 'xhr-polling']) {
      // oxlint-disable no-await-in-loop -- one after the other
      const context = await browser.newContext();
      const tab = await Tab.open(context, `https://${site}?transport=${transport}`);
      await tab.shows('v1');
      assert.equal(await tab.page.locator('#transport').textContent(), transport);
      assert.deepEqual(tab.errors, []);
      assert.equal(
        await tab.page.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol"),
        protocol,
      );
      // The port speaks TLS alone: only who has been told never to ask without it gets an answer.
      const answer = await tab.page.goto(`http://${site}`);
      assert.equal(answer?.url(), `https://${site}`);
      assert.equal((await answer?.securityDetails())?.protocol, 'TLS 1.3');
      await tab.shows('v1');
      const stranger = await (await browser.newContext()).newPage();
      await assert.rejects(stranger.goto(`http://${site}`));
      await context.close();
      // oxlint-enable no-await-in-loop
    }
  });
}

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { test, type TestContext } from 'node:test';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { appNodes } from '../fixtures/nodes.ts';
import { makeCertificate, tlsArgs } from '../support/certificates.ts';
import { freePort, startRadiant } from '../support/radiant.ts';
import { testFolder } from '../support/tiny-apps.ts';

const script = fileURLToPath(new URL('apps/write-head.cjs', import.meta.url));

/** All that comes on a connection of its own: head and body, byte by byte. */
async function answer(socket: net.Socket, path: string): Promise<string> {
  let text = '';
  socket.setEncoding('latin1').on('data', (more: string) => (text += more));
  socket.write(`GET /${path} HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nConnection: close\r\n\r\n`);
  await once(socket, 'close');
  return text.replace(/^Date: .*\r\n/m, 'Date\r\n');
}

async function bareApp(t: TestContext, node: string): Promise<(path: string) => Promise<string>> {
  const port = await freePort();
  const env = { ...process.env, PORT: String(port) };
  const app = spawn(node, [script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(async () => {
    app.kill('SIGKILL');
    await once(app, 'exit');
  });
  await once(app.stdout, 'data');
  return (path) => answer(net.connect(port, '127.0.0.1'), path);
}

const cookie = /^Set-Cookie: radiant-app=1\.1\.[\da-f]+; Path=\/; HttpOnly; SameSite=Lax(?:; Secure)?\r\n/m;
const policy = 'Strict-Transport-Security: max-age=600\r\n';

for (const { version, path: node } of await appNodes()) {
  test(`each form of writeHead gives what it gives without Radiant, and our fields: Node ${version}`, async (t) => {
    const folder = await testFolder(t);
    const args = ['--node', node, ...tlsArgs(makeCertificate(folder, 'site', 'localhost')), '--hsts', '600'];
    const [bare, app] = await Promise.all([
      bareApp(t, node),
      startRadiant({ app: script, workers: 1, args }),
    ]);
    t.after(() => app.stop());
    const own = (path: string): Promise<string> =>
      answer(tls.connect({ port: app.port, host: '127.0.0.1', rejectUnauthorized: false }), path);
    const names = JSON.parse((await bare('')).split('\r\n\r\n')[1]!) as string[];
    const counts = { cookies: 0, policies: 0 };
    for (const [i, name] of names.entries()) {
      // oxlint-disable-next-line no-await-in-loop -- one form after the other
      const [expected, given] = await Promise.all([bare(String(i)), own(String(i))]);
      if (cookie.test(given)) counts.cookies += 1;
      if (given.includes(policy)) counts.policies += 1;
      assert.equal(given.replace(cookie, '').replace(policy, ''), expected, name);
    }
    assert.ok(counts.cookies > names.length / 3, `cookies in ${counts.cookies} of ${names.length}`);
    assert.ok(counts.policies > names.length / 2, `policies in ${counts.policies} of ${names.length}`);
    const workers = (await app.status()).workers.map(({ pid }) => pid);
    assert.equal(workers.length, 1);
    assert.doesNotMatch(app.output(), /ended/);
  });
}

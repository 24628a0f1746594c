import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rename, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import tls from 'node:tls';
import { makeCertificate, tlsArgs } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, startRadiant } from '../support/radiant.ts';
import { testFolder, tinyApp } from '../support/tiny-apps.ts';

/** What is missing in CI is a failure. */
const skip =
  process.getuid?.() === 0 || process.env.CI ? false : 'it needs root, to run workers as another user';

async function nameOf(port: number): Promise<string> {
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return String(CN);
}

/** Texts of all files below a folder, its sockets left out, and what is removed meanwhile. */
async function textsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(
    files.map((file) => readFile(join(file.parentPath, file.name), 'latin1').catch(() => '')),
  );
}

/** What everybody may know of a process, and what it holds open. */
async function traces(pid: number): Promise<string[]> {
  const process = `/proc/${pid}`;
  const fds = await readdir(`${process}/fd`);
  const open = fds.map((fd) => readlink(`${process}/fd/${fd}`).catch(() => ''));
  return Promise.all([
    readFile(`${process}/environ`, 'utf8'),
    readFile(`${process}/cmdline`, 'utf8'),
    ...open,
  ]);
}

/** Pairs as certbot keeps them: links that are switched, to files that root alone can read. */
async function letsEncrypt(
  t: TestContext,
): Promise<{ live: { cert: string; key: string }; renew(label: string): Promise<string> }> {
  const folder = await testFolder(t);
  const archive = join(folder, 'archive');
  await mkdir(archive, { mode: 0o700 });
  const live = { cert: join(folder, 'fullchain.pem'), key: join(folder, 'privkey.pem') };
  const renew = async (label: string): Promise<string> => {
    const { cert, key } = makeCertificate(archive, label, '127.0.0.1');
    await chmod(key, 0o600);
    for (const [file, link] of [
      [cert, live.cert],
      [key, live.key],
    ] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, as certbot does
      await symlink(file, `${link}.new`).then(() => rename(`${link}.new`, link));
    }
    return readFile(key, 'utf8');
  };
  return { live, renew };
}

test(
  'workers of another user serve a key that root alone can read, and it is nowhere else',
  { skip },
  async (t) => {
    const { live, renew } = await letsEncrypt(t);
    const keys = [await renew('first')];
    const folder = await testFolder(t);
    const home = await mkdtemp(join(tmpdir(), 'rad-'));
    await Promise.all([folder, home].map((each) => chmod(each, 0o755)));
    const app = await startRadiant({
      app: await tinyApp(folder, { label: 'shop' }),
      args: [...tlsArgs(live), '--user', 'nobody'],
      at: { home, port: await freePort() },
    });
    t.after(() => app.stop());
    assert.equal(await nameOf(app.port), 'first');
    keys.push(await renew('second'));
    await eventually('the links are followed', async () => (await nameOf(app.port)) === 'second');

    const { workers } = await app.status();
    for (const { pid } of workers) {
      // oxlint-disable no-await-in-loop -- one worker after the other
      assert.match(await readFile(`/proc/${pid}/status`, 'utf8'), /^Uid:\s+[1-9]/m);
      for (const trace of await traces(pid!)) assert.doesNotMatch(trace, /PRIVATE KEY|privkey|archive/);
      // oxlint-enable no-await-in-loop
    }
    const written = [...(await textsIn(home)), app.output()].join('\n');
    assert.ok(written.includes(live.key), 'its path is known');
    for (const key of keys) {
      for (const line of key.split('\n').filter((each) => each.length > 30)) {
        assert.ok(!written.includes(line), 'no copy of a key');
      }
    }
  },
);

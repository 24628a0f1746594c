import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { appNodes } from '../fixtures/nodes.ts';
import { makeCertificate, tlsArgs } from '../support/certificates.ts';
import { freePort, startRadiant } from '../support/radiant.ts';
import { Random, seedOfRun } from '../support/random.ts';
import { serving, testFolder, tinyApp } from '../support/tiny-apps.ts';
import { full } from '../support/full-size.ts';

const count = full ? 20_000 : 600;
const atOnce = 20;

const methods = ['GET', 'HEAD', 'POST', 'OPTIONS', 'CONNECT', 'PURGE', 'get'];
const endings = ['', 'Connection: keep-alive\r\n', 'Expect: 100-continue\r\n', 'Expect: more\r\n'];
const upgrades = ['', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'];

/** Requests whose targets and hosts hold any byte; most are such that a parser may let them through. */
function requests(random: Random): () => Buffer {
  const character = (): string => {
    const kind = random.int(0, 99);
    if (kind < 60) return random.pick('abz09-._~%/?#[]@!&=:"<>\\^`{|}'.split(''));
    if (kind < 75) return random.pick(['\f', '\t', '\v', '\x7f', '\x01', '\x1f']);
    return String.fromCharCode(kind < 95 ? random.int(128, 255) : random.int(0, 127));
  };
  const text = (below: number): string => random.several(0, below - 1, character).join('');
  const host = (): string =>
    random.percent(70) ? random.pick(['shop.test', 'shop.test:80', '[::1]', '']) : text(6);
  return () => {
    const target = random.percent(90) ? `/${text(8)}` : text(8);
    const head = `${random.pick(methods)} ${target} HTTP/1.${random.pick([0, 1])}\r\nHost: ${host()}\r\n`;
    return Buffer.from(`${head}${random.pick(endings)}${random.pick(upgrades)}\r\n`, 'latin1');
  };
}

async function answer(port: number, request: Buffer): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('latin1').on('data', (more: string) => (text += more));
  socket.on('error', () => {});
  socket.end(request);
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

for (const { version, path: node } of await appNodes()) {
  test(`the redirect port has an answer to whatever comes: Node ${version}`, async (t) => {
    const seed = seedOfRun();
    t.diagnostic(`RADIANT_SEED=${seed}`);
    const folder = await testFolder(t);
    const port = await freePort();
    const redirect = ['--redirect', `127.0.0.1:${port}`];
    const args = ['--node', node, ...tlsArgs(makeCertificate(folder, 'site', 'shop.test')), ...redirect];
    const app = await startRadiant({ app: await tinyApp(folder, { label: 'site' }), workers: 1, args });
    t.after(() => app.stop());
    const before = await serving(app);
    const next = requests(new Random(seed));
    const seen = new Map<string, number>();
    let escapes = 0;
    const ask = async (request: Buffer): Promise<void> => {
      const text = await answer(port, request);
      const status = /^HTTP\/1\.1 (\d+) /.exec(text)?.[1] ?? 'none';
      seen.set(status, (seen.get(status) ?? 0) + 1);
      assert.match(text, /^HTTP\/1\.1 (?:308|400) /, JSON.stringify(request.toString('latin1')));
      if (status !== '308') return;
      const [, location] = /\r\nLocation: (.*)\r\n/.exec(text)!;
      assert.match(location!, /^https:\/\/[!-~]+$/);
      if (/%(?:0C|[89A-F][\dA-F])/.test(location!)) escapes += 1;
    };
    for (let asked = 0; asked < count; asked += atOnce) {
      // oxlint-disable-next-line no-await-in-loop -- so many at a time
      await Promise.all(Array.from({ length: atOnce }, () => ask(next())));
    }
    t.diagnostic(JSON.stringify([...seen]));
    assert.ok(seen.get('308')! > count / 20 && seen.get('400')! > count / 20);
    // Parsers from Node 20 on refuse such targets themselves.
    assert.equal(escapes > 0, Number.parseInt(version, 10) < 20, `${escapes} held what no URL holds`);
    assert.deepEqual(await serving(app), before);
  });
}

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { haproxy, nginx, proxyPath, type Proxy } from '../support/proxies.ts';

/** Has the real program read what was exported, where that program is one of Debian's. */
export async function check(target: string, text: string, place: string): Promise<void> {
  // Newer directives than the installed nginx knows: these files are read by their tests only.
  if (/^\s*(?:sticky|check) /m.test(text)) return;
  if (target === 'nginx') checkProxy(nginx, ['-t'], withKeys(text, place), place);
  if (target === 'haproxy') checkProxy(haproxy, ['-c'], withKeys(text, place), place);
}

function checkProxy(proxy: Proxy, ask: string[], text: string, place: string): void {
  const [main, exported] = [join(place, 'main.conf'), join(place, 'exported.conf')];
  writeFileSync(exported, text);
  writeFileSync(main, proxy.main(place, exported));
  run(proxy.name, [...ask, ...proxy.args(main, exported)]);
}

function run(program: string, args: string[]): void {
  const env = { ...process.env, PATH: proxyPath };
  const { status, stdout, stderr } = spawnSync(program, args, { env, encoding: 'utf8' });
  assert.equal(status, 0, `${stdout}${stderr}`);
  assert.doesNotMatch(`${stdout}${stderr}`, /\[warn|\[emerg|WARNING|ALERT/);
}

/** The certificates of the examples are not there: puts others in their places. */
function withKeys(text: string, place: string): string {
  if (!text.includes('/srv/tls/')) return text;
  const folder = join(place, 'tls');
  mkdirSync(folder);
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const made = [
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    key,
    '-out',
    cert,
    '-days',
    '1',
    '-subj',
    '/CN=x',
  ];
  run('openssl', ['req', '-x509', ...made]);
  writeFileSync(join(folder, 'both.pem'), [cert, key].map((file) => readFileSync(file, 'utf8')).join(''));
  return text.replaceAll('/srv/tls/', `${folder}/`);
}

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { haproxy, nginx, proxyPath, type Proxy } from '../../support/proxies.ts';

/** Has the real program read what was exported, where that program is one of Debian's. */
export async function check(target: string, text: string, place: string): Promise<void> {
  // Newer directives than the installed nginx knows: these files are read by their tests only.
  if (/^\s*(?:sticky|check) /m.test(text)) return;
  if (target === 'nginx') checkProxy(nginx, ['-t'], withKeys(text, place), place);
  if (target === 'systemd') checkUnits(text, place);
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

/** The program and the user of the examples are not there. */
function checkUnits(text: string, place: string): void {
  const real = text
    .replaceAll('/usr/local/bin/radiant', '/bin/true')
    .replaceAll('/srv/app', place)
    .replace(/^User=.*$/m, `User=${userInfo().username}`);
  const units = real.split(/^# ---- (.*) ----\n/m);
  const paths: string[] = [];
  // One unit is printed without a name above it.
  if (units.length === 1) units.unshift('', 'shop.service');
  for (let i = 1; i < units.length; i += 2) {
    const path = join(place, units[i]!);
    paths.push(path);
    writeFileSync(path, units[i + 1]!);
  }
  run('systemd-analyze', ['verify', '--man=no', ...paths]);
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

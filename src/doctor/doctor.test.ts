import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appChecks, type AppFacts } from './app-checks.ts';
import { findings, type Verdict } from './finding.ts';
import { machineChecks, type MachineFacts } from './machine-checks.ts';
import { fileLimit } from './machine.ts';
import { may, nginxChecks, type NginxFacts } from './nginx-check.ts';
import { userIn } from './nginx.ts';
import { siteChecks, type SiteFacts } from './site/site-checks.ts';
import { pageVersion } from './site/versions.ts';

const gb = 1024 ** 3;
const machine: MachineFacts = {
  fileLimit: 1_048_576,
  somaxconn: 4096,
  ipv6: true,
  everywhere: true,
  nodeVersion: '24.21.0',
  cores: 4,
  memory: { available: 4 * gb, total: 8 * gb },
  workers: 4,
  workerBytes: 160 * 1024 ** 2,
  running: false,
  clock: { synchronized: true, now: Date.now(), newestFile: Date.now() - 1000 },
};
const app: AppFacts = {
  kind: 'bundle',
  path: '/srv/bundle',
  node: { wanted: '20.18.0', found: 'found by nvm' },
  installed: true,
  settings: { bytes: 100 },
  uws: false,
  rootUrl: 'http://shop.example.com',
  listen: [
    { host: '0.0.0.0', port: 80 },
    { host: '::', port: 80 },
  ],
  port: 80,
  tls: [],
  acme: undefined,
  redirect: [],
  now: Date.now(),
  proxies: 0,
  forwardedCount: undefined,
  taken: 'free',
  firstFreePort: undefined,
  sockets: {
    longest: '/run/radiant/shop/sockets/shop.999.99999.sock',
    limit: 107,
    folder: '/run',
    writable: true,
  },
  releases: { bytes: [130e6, 2e6, 3e6], free: 40e9, folder: '/var/lib/radiant/shop/releases' },
};
const https = {
  rootUrl: 'https://shop.example.com',
  listen: [{ host: '0.0.0.0', port: 443 }],
  tls: [{ names: ['example.com', '*.example.com'], expires: new Date(Date.now() + 60 * 86_400_000) }],
};
const acme = { domains: ['shop.example.com'], unknown: [], challenge: undefined };
const automatic = { ...https, tls: [], acme };
const behind = { proxies: 1, listen: [{ host: '127.0.0.1', port: 3000 }], port: 3000 };
const nginx: NginxFacts = {
  needed: true,
  user: { name: 'www-data', uid: 33, gids: [33] },
  folders: [{ path: '/run', uid: 0, gid: 0, mode: 0o755 }],
  socket: { path: '/run/x', uid: 1000, gid: 33, mode: 0o660 },
  socketGroup: 'www-data',
};
const fine = { asked: 9, lost: 0 };
const site: SiteFacts = {
  url: 'http://x',
  page: { status: 200, versions: ['v1'], skewMs: 100 },
  kind: 'sockjs',
  websocket: 101,
  polling: { cookies: fine, none: fine },
  address: { seen: '10.0.0.9', own: '10.0.0.9', believed: false, lost: false },
  asset: {
    path: '/a.js',
    hashed: true,
    status: 200,
    maxAge: 31_536_000,
    encoding: 'br',
    size: 9000,
    revalidates: true,
  },
  socketVersion: 'v1',
};
const asset = site.asset as Extract<SiteFacts['asset'], { size: number }>;

const cases: [check: string, verdict: Verdict, change: object][] = [
  ['open files', 'wrong', { fileLimit: 1024 }],
  ['open files', 'advice', { fileLimit: 10_000 }],
  ['waiting connections', 'wrong', { somaxconn: 128 }],
  ['waiting connections', 'advice', { somaxconn: 2048 }],
  ['memory', 'wrong', { workers: 40 }],
  ['memory', 'advice', { workers: 20 }],
  ['memory', 'good', { workers: 20, running: true }],
  ['clock', 'wrong', { clock: { synchronized: true, now: 0, newestFile: Date.now() } }],
  ['clock', 'advice', { clock: { ...machine.clock, synchronized: false } }],
  ['IPv6', 'good', { ipv6: false }],
  ['Node of the app', 'advice', { node: { wanted: '14.21.3', found: undefined } }],
  ['ROOT_URL', 'advice', { rootUrl: undefined }],
  ['ROOT_URL', 'wrong', { rootUrl: 'https://shop.example.com' }],
  ['ROOT_URL', 'good', { rootUrl: 'https://shop.example.com', ...behind }],
  ['ROOT_URL', 'wrong', { rootUrl: 'http://shop.example.com:3000' }],
  ['ROOT_URL', 'good', https],
  ['ROOT_URL', 'wrong', { ...https, rootUrl: 'http://shop.example.com' }],
  ['certificate', 'good', https],
  ['certificate', 'wrong', { ...https, tls: [{ names: ['*.example.com'], expires: new Date(0) }] }],
  [
    'certificate',
    'advice',
    { ...https, tls: [{ ...https.tls[0], expires: new Date(Date.now() + 86_400_000) }] },
  ],
  ['certificate', 'wrong', { ...https, rootUrl: 'https://a.b.example.com' }],
  ['certificate', 'wrong', { ...https, tls: [{ problem: 'it cannot be read', remedy: 'Correct the path' }] }],
  ['ROOT_URL', 'good', automatic],
  ['ACME', 'good', automatic],
  ['ACME', 'wrong', { ...automatic, acme: { ...acme, unknown: acme.domains } }],
  ['ACME', 'advice', { ...automatic, acme: { ...acme, challenge: 'http-01' } }],
  ['proxies', 'wrong', { forwardedCount: '2' }],
  ['proxies', 'advice', { proxies: 1 }],
  ['proxies', 'good', behind],
  ['proxies', 'good', { proxies: 1, listen: [] }],
  ['proxies', 'advice', { listen: [] }],
  ['port', 'wrong', { taken: 'other' }],
  ['port', 'wrong', { firstFreePort: 1024 }],
  ['port', 'good', { taken: 'ours' }],
  ['sockets', 'wrong', { sockets: { ...app.sockets, longest: '/'.repeat(108) } }],
  ['sockets', 'good', { sockets: { ...app.sockets, longest: '/'.repeat(107) } }],
  ['sockets', 'wrong', { sockets: { ...app.sockets, writable: false } }],
  ['releases', 'advice', { releases: { bytes: [130e6, 2e6], free: 200e6, folder: '/var' } }],
  ['releases', 'good', { releases: { bytes: [2e6], free: 200e6, folder: '/var' } }],
  ['settings', 'advice', { settings: { bytes: 200_000 } }],
  ['uws', 'good', { uws: true }],
  ['nginx', 'wrong', { folders: [{ path: '/home/me', uid: 1000, gid: 1000, mode: 0o700 }] }],
  ['nginx', 'wrong', { socket: { ...nginx.socket, gid: 1000 } }],
  ['nginx', 'advice', { socket: { ...nginx.socket, gid: 1000 }, needed: false }],
  ['nginx', 'good', { socket: { ...nginx.socket, gid: 1000, mode: 0o666 } }],
  ['site', 'wrong', { problem: 'connect ECONNREFUSED' }],
  ['site', 'wrong', { page: { ...site.page, status: 502 } }],
  ['site', 'advice', { page: { ...site.page, status: 301 } }],
  ['WebSocket', 'wrong', { websocket: 400 }],
  ['WebSocket', 'wrong', { websocket: 'socket hang up' }],
  ['polling', 'wrong', { polling: { cookies: { asked: 9, lost: 4 }, none: { asked: 9, lost: 4 } } }],
  ['polling', 'advice', { polling: { cookies: fine, none: { asked: 9, lost: 4 } } }],
  ['polling', 'wrong', { polling: { cookies: { ...fine, problem: 'it answers 404' }, none: fine } }],
  ['addresses', 'wrong', { address: { ...site.address, believed: true } }],
  ['addresses', 'wrong', { address: { ...site.address, lost: true } }],
  ['addresses', 'wrong', { address: { ...site.address, seen: '127.0.0.1' } }],
  ['addresses', 'good', { address: { ...site.address, seen: '203.0.113.5' } }],
  ['assets', 'wrong', { asset: { ...asset, status: 404 } }],
  ['assets', 'advice', { asset: { ...asset, maxAge: 60 } }],
  ['assets', 'advice', { asset: { ...asset, encoding: undefined } }],
  ['release', 'wrong', { page: { ...site.page, versions: ['v1', 'v2'] } }],
  ['release', 'wrong', { socketVersion: 'v2' }],
  ['clock', 'advice', { page: { ...site.page, skewMs: 60_000 } }],
];

function all(change: object): Map<string, Verdict> {
  const part = (facts: object): boolean => Object.keys(change).some((key) => key in facts);
  const found = [
    ...(part(machine) ? findings(machineChecks, { ...machine, ...change }) : []),
    ...(part(app) ? findings(appChecks, { ...app, ...change }) : []),
    ...(part(nginx) ? findings(nginxChecks, { ...nginx, ...change }) : []),
    ...(part({ ...site, problem: '' }) ? findings(siteChecks, { ...site, ...change }) : []),
  ];
  for (const { verdict, remedy, check } of found) {
    assert.equal(remedy === undefined, verdict === 'good', `${check}: what is not good has a remedy`);
  }
  return new Map(found.map(({ check, verdict }) => [check, verdict]));
}

test('a good setup has nothing but good findings', () => {
  const found = [
    ...findings(machineChecks, machine),
    ...findings(appChecks, app),
    ...findings(nginxChecks, nginx),
    ...findings(siteChecks, site),
  ];
  assert.deepEqual(
    found.filter(({ verdict }) => verdict !== 'good'),
    [],
  );
  assert.equal(new Set(found.map(({ check }) => check)).size, 21);
});

for (const [check, verdict, change] of cases) {
  test(`${check} is ${verdict} with ${JSON.stringify(change)}`, () => {
    const found = all(change);
    assert.equal(found.get(check), verdict);
    const others = [...found]
      .filter(([name, each]) => name !== check && each === 'wrong')
      .map(([name]) => name);
    assert.deepEqual(others, [], 'one thing that is wrong is found once');
  });
}

test('who may enter and write follows owner, group and others, in this order', () => {
  const file = { path: '/x', uid: 1, gid: 2, mode: 0o042 };
  assert.equal(may({ name: 'root', uid: 0, gids: [0] }, file, 1), true);
  assert.equal(may({ name: 'owner', uid: 1, gids: [2] }, file, 2), false);
  assert.equal(may({ name: 'group', uid: 9, gids: [2] }, { ...file, mode: 0o020 }, 2), true);
  assert.equal(may({ name: 'group', uid: 9, gids: [2] }, { ...file, mode: 0o702 }, 2), false);
  assert.equal(may({ name: 'other', uid: 9, gids: [9] }, file, 2), true);
});

test('limits, accounts and versions are read from where they stand', () => {
  assert.equal(
    fileLimit('Limit  Soft  Hard\nMax open files            1024                 524288               files'),
    524_288,
  );
  assert.equal(fileLimit('Max open files  1024  unlimited  files'), Infinity);
  assert.equal(fileLimit(undefined), undefined);
  assert.equal(userIn('# user x;\nuser www-data adm;\n'), 'www-data');
  assert.equal(userIn('worker_processes 1;'), undefined);
  const config = { autoupdate: { versions: { 'web.browser': { version: 'abc' } } } };
  const encoded = encodeURIComponent(JSON.stringify(config));
  assert.equal(
    pageVersion(`<script>__meteor_runtime_config__ = JSON.parse(decodeURIComponent('${encoded}'))</script>`),
    'abc',
  );
  const twice = JSON.stringify(encodeURIComponent(JSON.stringify(config)));
  assert.equal(
    pageVersion(`<script>__meteor_runtime_config__ = JSON.parse(decodeURIComponent(${twice}))</script>`),
    'abc',
  );
  assert.equal(pageVersion('<html>'), undefined);
});

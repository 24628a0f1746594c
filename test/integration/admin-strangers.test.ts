import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ask, form, json, login, type Answer, type Ask } from '../support/admin-page.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, startRadiant } from '../support/radiant.ts';

const app = fileURLToPath(new URL('../../examples/node-app', import.meta.url));

test('strangers learn nothing: neither whose page this is, nor on which machine it runs what', async (t) => {
  const port = await freePort();
  const running = await startRadiant({ app, name: 'mulberry', workers: 1, args: ['--admin', String(port)] });
  t.after(() => running.stop());
  const asks: [path: string, ask?: Ask][] = [
    ...['/', '/login', '/nothing', '/live', '/metrics', '/actions/restart', '/page.css', '/icon.svg'].map(
      (path): [string] => [path],
    ),
    ['/login', { method: 'HEAD' }],
    ['/login', { method: 'OPTIONS' }],
    ['/login', { method: 'POST', headers: form, body: 'token=wrong' }],
    ['/login', { method: 'POST', headers: form, body: 'x'.repeat(100_000) }],
    ['/login', { method: 'POST', headers: json, body: '{}' }],
    ['/login', { method: 'POST' }],
    ['/logout', { method: 'POST', headers: form }],
    ['/logout', { method: 'POST', headers: { ...form, cookie: 'radiant-admin-mulberry=x' } }],
    ['/actions/restart', { method: 'POST', headers: json, body: '{}' }],
    ['/', { headers: { host: 'elsewhere.example.com' } }],
    ['/metrics', { headers: { authorization: 'Bearer wrong' } }],
  ];
  const { supervisor } = await running.status();
  const secrets = ['mulberry', hostname(), running.home, process.version.slice(1), supervisor.version];
  for (const [path, how] of asks) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { headers, body } = await ask(port, path, how);
    const told = `${JSON.stringify(headers)}${body}`;
    for (const secret of secrets)
      assert.ok(!told.includes(secret), `${how?.method} ${path} tells ${secret}: ${told}`);
  }
});

const wrong = (port: number, client: string): Promise<Answer> =>
  login(port, 'wrong', { ...form, 'x-forwarded-for': client });

/** The first wait is a second, and may be over when a busy machine asks again: the next one is longer. */
const refused = (port: number, client: string): Promise<boolean> =>
  eventually(`${client} has to wait`, async () => (await wrong(port, client)).status === 429);

test('who guesses waits by the address of the client where a proxy is trusted, else by that of the peer', async () => {
  for (const [args, others] of [
    [['--proxies', '1'], 401],
    [['--proxies-from', '127.0.0.1'], 401],
    [['--proxies-from', '192.0.2.0/24'], 429],
    [[], 429],
  ] as const) {
    // oxlint-disable no-await-in-loop -- one after the other
    const port = await freePort();
    const running = await startRadiant({ app, workers: 1, args: ['--admin', String(port), ...args] });
    try {
      for (let i = 0; i < 5; i += 1) assert.equal((await wrong(port, '203.0.113.1')).status, 401);
      await refused(port, '198.51.100.9, 203.0.113.1');
      if (others === 429) await refused(port, '203.0.113.1, 203.0.113.2');
      else assert.equal((await wrong(port, '203.0.113.1, 203.0.113.2')).status, others, args.join(' '));
    } finally {
      await running.stop();
    }
    // oxlint-enable no-await-in-loop
  }
});

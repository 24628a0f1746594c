import assert from 'node:assert/strict';
import { readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ask, form, json, login, type Answer } from '../support/admin-page.ts';
import { eventually } from '../support/eventually.ts';
import { runCommand } from '../support/command.ts';
import { freePort, startRadiant, type RunningApp } from '../support/radiant.ts';
import { testFolder } from '../support/tiny-apps.ts';

const app = fileURLToPath(new URL('../../examples/node-app', import.meta.url));

interface Page {
  running: RunningApp;
  port: number;
  token: string;
}

async function startWithPage(t: TestContext): Promise<Page> {
  const port = await freePort();
  const running = await startRadiant({ app, workers: 1, args: ['--admin', String(port)] });
  t.after(() => running.stop());
  const token = (await readFile(join(running.home, 'state', running.name, 'admin-token'), 'utf8')).trim();
  return { running, port, token };
}

async function cookieOf({ port, token }: Page): Promise<string> {
  return (await login(port, token)).headers['set-cookie']![0]!.split(';')[0]!;
}

test('the page for operators', async (t) => {
  const page = await startWithPage(t);
  const { running, port, token } = page;
  const file = join(running.home, 'state', running.name, 'admin-token');
  assert.match(token, /^[\w-]{43}$/);
  assert.equal((await stat(file)).mode & 0o777, 0o600);

  await t.test('nothing is shown without it', async () => {
    const first = await ask(port, '/');
    assert.equal(first.status, 303);
    assert.equal(first.headers.location, '/login');
    assert.equal((await ask(port, '/live')).status, 401);
    assert.equal((await ask(port, '/actions/restart', { method: 'POST', headers: json })).status, 401);
    const { status, body } = await login(port, 'a wrong one');
    assert.equal(status, 401);
    assert.match(body, /role="alert">That is not the token/);
  });

  await t.test('the cookie that it is changed for is for this page only, and opens it', async () => {
    const { status, headers } = await login(port, token);
    assert.equal(status, 303);
    assert.equal(headers.location, '/');
    const [cookie] = headers['set-cookie']!;
    assert.match(cookie!, /^radiant-admin-app=[\w.-]+; Path=\/; HttpOnly; SameSite=Strict$/);
    const again = (await login(port, token)).headers['set-cookie']![0];
    assert.notEqual(cookie, again, 'each session is a new one');
    const opened = await ask(port, '/', { headers: { cookie: cookie!.split(';')[0]! } });
    assert.equal(opened.status, 200);
    assert.match(opened.body, /<script type="module" src="\/page.js">/);
    const forged = cookie!.replace(/.;.*$/, (end) => (end.startsWith('A') ? 'B' : 'A'));
    assert.equal((await ask(port, '/', { headers: { cookie: forged } })).status, 303);
  });

  await t.test('a session that was logged out is over, and so is its cookie', async () => {
    const cookie = await cookieOf(page);
    const out = await ask(port, '/logout', { method: 'POST', headers: { ...form, cookie } });
    assert.match(out.headers['set-cookie']![0]!, /^radiant-admin-app=;.*Max-Age=0$/);
    assert.equal((await ask(port, '/', { headers: { cookie } })).status, 303);
  });

  await t.test('the command tells where it is, and nothing tells what it is', async () => {
    const { output } = await runCommand(running, ['admin']);
    assert.equal(output, `page: http://127.0.0.1:${port}; its token is in ${file}\n`);
    await running.printed(/page: http:\/\/127\.0\.0\.1:\d+; its token is in /);
    const log = await readFile(join(running.home, 'state', running.name, 'log', 'supervisor.log'), 'utf8');
    assert.match(log, /admin: a wrong token came from 127\.0\.0\.1\n/);
    const { supervisor, workers } = await running.status();
    const pids = [running.process.pid!, supervisor.pid, ...workers.map((worker) => worker.pid!)];
    const seen = await Promise.all(
      pids.map(async (pid) => [
        await readFile(`/proc/${pid}/cmdline`, 'utf8'),
        await readFile(`/proc/${pid}/environ`, 'utf8'),
      ]),
    );
    const told = [log, running.output(), output, JSON.stringify(await running.status()), ...seen.flat()];
    assert.ok(told.every((text) => !text.includes(token) && !text.includes('a wrong one')));
  });

  await t.test('requests that do not come from the page itself change nothing', async () => {
    const cookie = await cookieOf(page);
    const [pid] = (await running.status()).workers.map((worker) => worker.pid);
    const own = `http://127.0.0.1:${port}`;
    const type = { 'content-type': 'application/json' };
    const refused: [why: string, headers: Record<string, string>, status: number][] = [
      ['another site', { ...type, 'sec-fetch-site': 'cross-site' }, 403],
      ['another port of this host, as the app is', { ...type, 'sec-fetch-site': 'same-site' }, 403],
      ['another port, in a browser that says it by Origin', { ...type, origin: running.url }, 403],
      ['a page without an origin', { ...type, origin: 'null' }, 403],
      ['nobody', type, 403],
      ['a form', { 'content-type': 'text/plain', origin: own }, 415],
      ['no type', { origin: own }, 415],
    ];
    for (const [why, headers, status] of refused) {
      const request = { method: 'POST', headers: { ...headers, cookie }, body: '{}' };
      // oxlint-disable-next-line no-await-in-loop
      assert.equal((await ask(port, '/actions/restart', request)).status, status, why);
    }
    assert.equal((await login(port, token, { ...form, 'sec-fetch-site': 'cross-site' })).status, 403);
    assert.equal((await login(port, token, json)).status, 415);
    for (const path of ['/actions/restart', '/actions/scale?workers=3', '/actions/stop', '/login?token=x']) {
      // oxlint-disable-next-line no-await-in-loop
      const answer = await ask(port, path, { headers: { cookie, 'sec-fetch-site': 'same-origin' } });
      assert.ok([200, 404].includes(answer.status), path);
      assert.equal(answer.headers['set-cookie'], undefined);
    }
    const stop = await ask(port, '/actions/stop', { method: 'POST', headers: { ...json, cookie } });
    assert.equal(stop.status, 400, 'the page does not offer to stop the app');
    assert.deepEqual(
      (await running.status()).workers.map((worker) => worker.pid),
      [pid],
    );

    const scaled = await ask(port, '/actions/scale', {
      method: 'POST',
      headers: { ...type, origin: own, cookie },
      body: '{"workers":"+1"}',
    });
    assert.deepEqual(
      [scaled.status, scaled.body],
      [200, '{"before":1,"workers":2,"departures":{"handedOver":0,"reconnected":{}}}'],
    );
    const former = await ask(port, '/actions/drain', {
      method: 'POST',
      headers: { ...type, origin: own, cookie },
      body: '{"worker":3}',
    });
    assert.match(former.body, /There is no worker 3/, 'a page from before an upgrade calls replace so');
  });

  await t.test('every answer says what a browser may do with it, and a foreign name gets none', async () => {
    const cookie = await cookieOf(page);
    for (const path of ['/', '/login', '/page.js', '/page.css', '/icon.svg', '/nothing']) {
      // oxlint-disable-next-line no-await-in-loop
      const { headers } = await ask(port, path, { headers: { cookie } });
      const policy = String(headers['content-security-policy']);
      assert.match(policy, /^default-src 'none'; script-src 'self'; /, path);
      assert.doesNotMatch(policy, /unsafe|http|\*/);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['x-frame-options'], 'DENY');
      assert.equal(headers['referrer-policy'], 'no-referrer');
      assert.equal(headers['access-control-allow-origin'], undefined);
    }
    const script = await ask(port, '/page.js');
    const again = await ask(port, '/page.js', { headers: { 'if-none-match': script.headers.etag! } });
    assert.deepEqual([again.status, again.body], [304, '']);
    const names: [host: string, status: number][] = [
      ['evil.example', 421],
      [`evil.example:${port}`, 421],
      ['127.0.0.1.evil.example', 421],
      ['localhost.evil.example:80', 421],
      [`localhost:${port}`, 200],
      ['127.0.0.1:8080', 200],
      ['[::1]:9000', 200],
    ];
    for (const [host, status] of names) {
      // oxlint-disable-next-line no-await-in-loop
      assert.equal((await ask(port, '/login', { headers: { host, cookie } })).status, status, host);
    }
  });

  await t.test('a scrape needs the token, or a session', async () => {
    assert.equal((await ask(port, '/metrics')).status, 401);
    const scrape = (value: string): Promise<Answer> =>
      ask(port, '/metrics', { headers: { authorization: `Bearer ${value}` } });
    assert.equal((await scrape('guessed')).status, 401);
    const { status, headers, body } = await scrape(token);
    assert.equal(status, 200);
    assert.match(headers['content-type']!, /^text\/plain/);
    assert.match(body, /^# TYPE radiant_\w+ /m);
    const cookie = await cookieOf(page);
    assert.equal((await ask(port, '/metrics', { headers: { cookie } })).status, 200);
  });

  await t.test('guessing becomes slow, also with the right token in the end', async () => {
    // The first wait is a second, and may be over when a busy machine asks again.
    const slow = await eventually('the right token is not looked at', async () => {
      for (let i = 0; i < 5; i += 1) {
        // oxlint-disable-next-line no-await-in-loop
        assert.equal((await login(port, `guess ${i}`)).status, 401);
      }
      const answer = await login(port, token);
      return answer.status === 429 ? answer : undefined;
    });
    assert.match(slow.headers['retry-after']!, /^[1-9]$/);
    assert.equal(slow.headers['set-cookie'], undefined);
    await eventually('the right token opens it again', async () => (await login(port, token)).status === 303);
    assert.equal((await running.status()).state, 'running');
  });

  await t.test('a session outlives its supervisor', async () => {
    const cookie = await cookieOf(page);
    const { supervisor } = await running.status();
    process.kill(supervisor.pid, 'SIGKILL');
    // The keeper holds the socket: whoever connects in between waits.
    assert.equal((await ask(port, '/', { headers: { cookie } })).status, 200);
    const next = await eventually('the next supervisor tells', () => running.status().catch(() => undefined));
    assert.notEqual(next.supervisor.pid, supervisor.pid);
  });
});

/** The TCP ports that a process listens on. */
async function portsOf(pid: number): Promise<number[]> {
  const names = await readdir(`/proc/${pid}/fd`);
  const links = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')));
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8')),
  );
  const listening = tables.flatMap((table) => table.split('\n').map((line) => line.trim().split(/\s+/)));
  const ports = listening.flatMap(([, local, , state, , , , , , inode]) =>
    state === '0A' && links.includes(`socket:[${inode}]`) ? Number.parseInt(local!.split(':')[1]!, 16) : [],
  );
  return [...new Set(ports)];
}

test('there is no page, and no port, unless it is asked for; a port in use is one clear error', async (t) => {
  const running = await startRadiant({ app, workers: 1 });
  t.after(() => running.stop());
  const { code, output } = await runCommand(running, ['admin']);
  assert.equal(code, 1);
  assert.match(output, /app was started without a page for operators\n/);
  const { supervisor, workers } = await running.status();
  const pids = [running.process.pid!, supervisor.pid, workers[0]!.pid!];
  const ports = (await Promise.all(pids.map(portsOf))).flat();
  assert.deepEqual([...new Set(ports)], [running.port]);

  const other = ['start', app, '--name', 'other', '--port', String(await freePort())];
  const refused = await runCommand(running, [...other, '--admin', String(running.port)]);
  assert.equal(refused.code, 98);
  const address = `127.0.0.1:${running.port}`;
  assert.match(refused.output, new RegExp(`radiant: admin: ${address} is in use by another process\n`));
  assert.match(refused.output, /Choose another port with --admin/);
});

test('a token of the configuration opens the page, and is kept with what the app runs with alone', async (t) => {
  const folder = await testFolder(t);
  const file = join(folder, 'radiant.config.json');
  const port = await freePort();
  const start = async (token: string): Promise<RunningApp> => {
    await writeFile(file, JSON.stringify({ admin: { port, token } }));
    return startRadiant({ app, workers: 1, args: ['--config', file] });
  };
  await assert.rejects(start('with a space in it'), (error: Error) => {
    assert.match(error.message, /radiant.config.json: admin: this object is not a port, an address, or /);
    return !error.message.includes('with a space');
  });
  const token = 'a-token-of-my-own';
  const running = await start(token);
  t.after(() => running.stop());
  assert.equal((await login(port, token)).status, 303);
  await running.printed(/page: http:\/\/127.0.0.1:\d+; its token is in the configuration\n/);
  const files = await readdir(running.home, { recursive: true, withFileTypes: true });
  const holding: string[] = [];
  for (const entry of files.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    // oxlint-disable-next-line no-await-in-loop
    if ((await readFile(path)).includes(token)) holding.push(entry.name);
  }
  assert.deepEqual(holding.toSorted(), ['app.json', 'app.json.copy']);
});

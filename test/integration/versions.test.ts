import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import test, { type TestContext } from 'node:test';
import { runCommand, startCommand } from '../support/command.ts';
import { CookieJar } from '../support/cookie-jar.ts';
import { connect } from '../support/ddp-client.ts';
import { eventually } from '../support/eventually.ts';
import { buildInstalled, meteorBundle } from '../support/meteor-bundle.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';

interface Answer {
  status: number;
  body: string;
  setCookie: string[] | undefined;
}

interface Ask {
  path: string;
  jar?: CookieJar;
  document?: boolean;
  body?: string;
  agent?: http.Agent;
}

async function ask(app: RunningApp, { path, jar, document, body, agent }: Ask): Promise<Answer> {
  const cookie = jar?.header();
  const headers = { accept: document ? 'text/html' : '*/*', ...(cookie !== undefined && { cookie }) };
  const method = body === undefined ? 'GET' : 'POST';
  const request = http.request(`${app.url}${path}`, { method, headers, ...(agent && { agent }) });
  request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const setCookie = response.headers['set-cookie'];
  jar?.store(setCookie);
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  return { status: response.statusCode!, body: text, setCookie };
}

/** The release label of a page: its script is named by its hash. */
const scriptOf = (page: string): string => /src="([^"]+\.js)\?meteor_js_resource=true"/.exec(page)![1]!;
const late = JSON.stringify({ 'late.js': 1 });
const importLate = (app: RunningApp, jar?: CookieJar): Promise<Answer> =>
  ask(app, { path: '/__meteor__/dynamic-import/fetch', body: late, ...(jar && { jar }) });

async function site(t: TestContext, args: string[] = [], workers = 2) {
  const { path } = await meteorBundle();
  const app = await startRadiant({ app: path, workers, args });
  t.after(() => app.stop());
  const build = (release: string): Promise<void> => buildInstalled({ out: path, release });
  return { app, path, build };
}

test('a page of the old release gets what belongs to it, new visitors the new one', async (t) => {
  const { app, path, build } = await site(t);
  const old = new CookieJar();
  const page = await ask(app, { path: '/', jar: old, document: true });
  assert.match((await importLate(app, old)).body, /v1/);
  await build('v2');
  // Watched, so that the old workers are kept until something else is asked for.
  assert.equal((await runCommand(app, ['deploy', path, '--watch', '1h'])).code, 0);

  const script = await ask(app, { path: `${scriptOf(page.body)}?meteor_js_resource=true` });
  assert.equal(script.status, 200);
  assert.match(script.body, /release v1/);
  assert.match((await importLate(app, old)).body, /v1/, 'an old worker answers');
  const info = await ask(app, { path: '/sockjs/info', jar: old });
  assert.equal(info.setCookie, undefined, 'SockJS does not make the old page look new');
  const fresh = new CookieJar();
  const pages = await Promise.all(
    Array.from({ length: 20 }, () => ask(app, { path: '/', jar: fresh, document: true })),
  );
  for (const { body } of pages) assert.notEqual(scriptOf(body), scriptOf(page.body));
  assert.match((await importLate(app, fresh)).body, /v2/);

  await app.control.restart({});
  await eventually('the old workers have gone', async () => (await app.status()).workers.length === 2);
  const gone = await importLate(app, old);
  assert.equal(gone.status, 410, 'an error, not the code of another release');
  const reloaded = await ask(app, { path: '/', jar: old, document: true });
  assert.notEqual(scriptOf(reloaded.body), scriptOf(page.body));
  assert.match((await importLate(app, old)).body, /v2/, 'the page that was loaded again works');
});

test('while a browser has pages of two releases, none of them gets code that may be foreign', async (t) => {
  const { app, path, build } = await site(t);
  const browser = new CookieJar();
  const client = await connect(app.url, { cookies: browser });
  await ask(app, { path: '/', jar: browser, document: true });
  const oldTab = await connect(app.url, { cookies: browser });
  // It is in the middle of a method for as long as the other tab is looked at, however long that takes.
  void oldTab.call('slow', 120_000).catch(() => {});
  await client.close();
  await build('v2');
  const deploy = startCommand(app, ['deploy', path, '--no-watch']);
  await eventually('the switch', () => /switched/.test(deploy.output()), 60_000);
  await ask(app, { path: '/', jar: browser, document: true });
  assert.equal((await importLate(app, browser)).status, 410, 'whose page asks cannot be told');
  await oldTab.close();
  assert.equal(await deploy.ended, 0, deploy.output());
  assert.match((await importLate(app, browser)).body, /v2/, 'only the new page is left');
});

test('a worker that hangs through the switch hands out no old page when it wakes up', async (t) => {
  const { app, path, build } = await site(t, [], 1);
  const page = await ask(app, { path: '/', document: true });
  await build('v2');
  const deploy = startCommand(app, ['deploy', path, '--no-watch']);
  await eventually('its new worker starts', () => /first worker/.test(deploy.output()), 60_000);
  const [old] = (await app.status()).workers.filter((worker) => worker.release === 1);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  await ask(app, { path: '/robots.txt', agent });
  process.kill(old!.pid!, 'SIGSTOP');
  await eventually('the switch', async () => (await app.status()).release === 2, 60_000);
  const asked = ask(app, { path: '/', document: true, agent });
  process.kill(old!.pid!, 'SIGCONT');
  assert.notEqual(scriptOf((await asked).body), scriptOf(page.body));
  assert.equal(await deploy.ended, 0, deploy.output());
});

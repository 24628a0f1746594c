import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import test from 'node:test';
import { crowd } from '../support/crowd.ts';
import { eventually } from '../support/eventually.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { testFolder } from '../support/tiny-apps.ts';
import { full } from '../support/full-size.ts';

const invented = full ? 100_000 : 1_000;
const opened = full ? 20_000 : 1_200;
const mb = 1024 * 1024;

const app = (name: string): string => join(import.meta.dirname, 'apps', name);
const long = 'x'.repeat(500);
/** What looks like a request of a session, for each number another one. */
const lookalikes: readonly ((id: number) => [method: string, path: string])[] = [
  (id) => ['POST', `/${long}/${id}/xhr`],
  (id) => ['POST', `/echo/${id}/almost${long}/xhr_send`],
  (id) => ['GET', `/echo/000/.${id}/eventsource`],
  (id) => ['GET', `/x/${id}/htmlfile`],
  (id) => ['GET', `/plain/?EIO=4&transport=polling&sid=${long}${id}`],
];

async function ask(agent: http.Agent, { port }: RunningApp, method: string, path: string): Promise<string> {
  const request = http.request({ port, host: '127.0.0.1', path, method, agent }).end();
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  return text;
}

const polls = async (running: RunningApp): Promise<number> =>
  (await running.status()).workers.reduce((sum, { longPolls }) => sum + longPolls, 0);

for (const [name, sessions] of [
  ['answers-all.cjs', 0],
  ['polling.cjs', 1],
] as const) {
  test(`${invented} names that clients make up are no sessions: ${name}`, async (t) => {
    const config = join(await testFolder(t), 'radiant.config.json');
    const target = { eventLoop: 1, sessions: 100, memory: 1 };
    const workers = { min: 2, max: 4, target, cooldown: { up: '1s', down: '1m' } };
    await writeFile(config, JSON.stringify({ workers }));
    const running = await startRadiant({ app: app(name), workers: null, args: ['--config', config] });
    t.after(() => running.stop());
    const agent = new http.Agent({ keepAlive: true, maxSockets: 20 });
    t.after(() => agent.destroy());
    await ask(agent, running, 'POST', '/echo/000/first/xhr');
    await eventually('what the app has opened is counted', async () => (await polls(running)) === sessions);
    const before = await running.status();
    await crowd(invented, 20, (id) => ask(agent, running, ...lookalikes[id % lookalikes.length]!(id)));
    assert.equal(await polls(running), sessions);
    const after = await running.status();
    const grown = (after.supervisor.rssBytes - before.supervisor.rssBytes) / mb;
    const grownWorkers = after.workers.map(({ rssBytes }, i) =>
      Math.round((rssBytes - before.workers[i]!.rssBytes) / mb),
    );
    t.diagnostic(
      `the supervisor grew by ${grown.toFixed(1)} MB, the workers by ${grownWorkers.join(' and ')} MB`,
    );
    if (full) assert.ok(grown <= 5);
    assert.equal(after.scaling.wanted, 2, 'nothing is scaled');
  });
}

test(`a supervisor that follows hears of ${opened} sessions of a worker`, async (t) => {
  const running = await startRadiant({ app: app('polling.cjs'), workers: 1 });
  t.after(() => running.stop());
  const agent = new http.Agent({ keepAlive: true, maxSockets: 20 });
  t.after(() => agent.destroy());
  await crowd(opened, 20, (id) => ask(agent, running, 'POST', `/echo/000/s${id}/xhr`));
  await eventually('all are counted', async () => (await polls(running)) === opened);
  process.kill((await running.status()).supervisor.pid, 'SIGKILL');
  await eventually('all are counted again', async () => (await polls(running).catch(() => 0)) === opened);
});

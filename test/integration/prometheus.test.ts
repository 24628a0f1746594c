import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { homes } from '../../src/disk/paths.ts';
import { runFolder } from '../../src/disk/run-folder.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, startRadiant } from '../support/radiant.ts';
import { testFolder } from '../support/tiny-apps.ts';

const app = fileURLToPath(new URL('../fixtures/metrics-app.cjs', import.meta.url));

/** Starts Prometheus with this one target; gives its address. */
async function prometheus(t: TestContext, target: number, tokenFile: string): Promise<string> {
  const folder = await testFolder(t);
  const config = join(folder, 'prometheus.yml');
  const job = {
    job_name: 'radiant',
    authorization: { credentials_file: tokenFile },
    static_configs: [{ targets: [`127.0.0.1:${target}`] }],
  };
  // JSON is YAML too.
  await writeFile(config, JSON.stringify({ global: { scrape_interval: '1s' }, scrape_configs: [job] }));
  const port = await freePort();
  const data = join(folder, 'data');
  const child = spawn(
    'prometheus',
    [`--config.file=${config}`, `--storage.tsdb.path=${data}`, `--web.listen-address=127.0.0.1:${port}`],
    { stdio: 'ignore' },
  );
  const closed = once(child, 'close');
  t.after(async () => {
    child.kill('SIGTERM');
    await closed;
  });
  return `http://127.0.0.1:${port}`;
}

interface Answer {
  data?: { result: { metric: Record<string, string>; value: [number, string] }[] };
}

const query = async (url: string, expression: string): Promise<NonNullable<Answer['data']>['result']> => {
  const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`).catch(
    () => undefined,
  );
  if (answer?.status !== 200) return [];
  return ((await answer.json()) as Answer).data?.result ?? [];
};

test('a real Prometheus scrapes the app', async (t) => {
  const admin = await freePort();
  const running = await startRadiant({ app, workers: 2, args: ['--admin', String(admin)] });
  t.after(() => running.stop());
  const url = await prometheus(
    t,
    admin,
    runFolder(homes({ RADIANT_HOME: running.home }), running.name).adminToken,
  );
  await (await fetch(`${running.url}/order`)).arrayBuffer();
  const valueOf = async (expression: string): Promise<number> =>
    Number((await query(url, expression))[0]?.value[1]);
  await eventually(
    'the request has been scraped',
    async () => (await valueOf('sum(radiant_http_requests_total{status="2xx"})')) === 1,
    60_000,
  );
  const expected = {
    'up{job="radiant"}': 1,
    'radiant_workers{state="ready"}': 2,
    'sum(shop_orders_total)': 1,
    'count(radiant_worker_info)': 2,
    'histogram_quantile(1, sum by (le) (radiant_http_request_duration_seconds_bucket)) > bool 0': 1,
  };
  // Prometheus gives a scrape a second: one that a busy machine makes longer has failed, and leaves nothing until the next.
  for (const [expression, value] of Object.entries(expected)) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await eventually(`${expression} is ${value}`, async () => (await valueOf(expression)) === value);
  }
  await eventually('its one target is up', async () => {
    const targets = (await (await fetch(`${url}/api/v1/targets`)).json()) as {
      data: { activeTargets: { lastError: string; health: string }[] };
    };
    const [target, ...others] = targets.data.activeTargets;
    return others.length === 0 && target?.lastError === '' && target.health === 'up';
  });
});

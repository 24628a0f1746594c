import assert from 'node:assert/strict';
import http from 'node:http';
import test, { type TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { percentile } from '../support/http-load.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { full } from '../support/full-size.ts';

const app = fileURLToPath(new URL('../../examples/node-app', import.meta.url));
const blockMs = full ? 5000 : 1500;
const perSecond = full ? 300 : 100;
const burst = 400;

interface Answer {
  pid: number;
  ms: number;
}

const ask = (options: http.RequestOptions): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const started = performance.now();
    const request = http.get(
      { host: '127.0.0.1', path: '/api/whoami', agent: false, ...options },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          if (response.statusCode !== 200) reject(new Error(`answered ${response.statusCode}: ${text}`));
          else resolve({ pid: (JSON.parse(text) as Answer).pid, ms: performance.now() - started });
        });
      },
    );
    request.on('error', reject);
  });

/** New connections at a steady rate for `ms`; all of them must be answered. */
async function steadily(port: number, ms: number): Promise<Answer[]> {
  const answers: Promise<Answer>[] = [];
  const end = performance.now() + ms;
  while (performance.now() < end) {
    answers.push(ask({ port }));
    // oxlint-disable-next-line no-await-in-loop -- the rate
    await wait(1000 / perSecond);
  }
  return Promise.all(answers);
}

const atOnce = (port: number): Promise<Answer[]> =>
  Promise.all(Array.from({ length: burst }, () => ask({ port })));

const p99 = (list: Answer[]): string =>
  percentile(
    list.map(({ ms }) => ms),
    0.99,
  ).toFixed(0);

async function compare(
  t: TestContext,
  name: string,
  { running, load }: { running: RunningApp; load: (port: number) => Promise<Answer[]> },
): Promise<void> {
  const free = await load(running.port);
  const [worker] = (await running.status()).workers;
  // At the same time, so that the worker may have accepted some when it gets to blocking.
  const loading = load(running.port);
  const blocked = ask({ socketPath: worker!.socketPath, path: `/api/block?ms=${blockMs}` });
  const answers = await loading;
  const { pid } = await blocked;
  const held = answers.filter((answer) => answer.pid === pid && answer.ms > 250).length;
  const others = answers.filter((answer) => answer.pid !== pid);
  t.diagnostic(
    `${name}: ${answers.length} new connections while one of four is blocked for ${blockMs} ms: ` +
      `p99 ${p99(answers)} ms (${p99(others)} ms of the others', unblocked ${p99(free)} ms), ` +
      `the blocked one held ${held}`,
  );
  assert.ok(others.length > 0);
}

test('a blocked worker takes nothing new', async (t) => {
  const running = await startRadiant({ app, workers: 4 });
  t.after(() => running.stop());
  await compare(t, 'steadily', { running, load: (port) => steadily(port, blockMs) });
  await compare(t, 'in a burst', { running, load: atOnce });
});

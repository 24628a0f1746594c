import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeCertificate, tlsArgs } from '../support/certificates.ts';
import { leftovers, lives } from '../support/deaths.ts';
import { eventually } from '../support/eventually.ts';
import { isExplained, processesWith, randomOperation, type Asked } from '../support/ordeal.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { Random, seedOfRun } from '../support/random.ts';
import { testFolder, tinyApp } from '../support/tiny-apps.ts';
import { full } from '../support/full-size.ts';

const seed = seedOfRun();
const count = full ? 300 : 24;
const atOnce = 4;
/** In the mean, so many operations begin between two deaths of the supervisor. */
const perDeath = 8;
/** Whoever has not got an answer by then gets none. */
const answerMs = 180_000;
const initial = { workers: 2, release: 1, maintenance: false };

/** Asks for random operations, some at once, and kills the supervisor now and then. */
class Ordeal {
  readonly asked: Asked[] = [];
  readonly #running: RunningApp;
  readonly #apps: readonly string[];
  readonly #random = new Random(seed);
  readonly #say: (text: string) => void;
  #left = count;

  constructor(running: RunningApp, apps: readonly string[], say: (text: string) => void) {
    this.#running = running;
    this.#apps = apps;
    this.#say = say;
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: atOnce }, () => this.#ask()));
  }

  async #ask(): Promise<void> {
    while (this.#left > 0) {
      this.#left -= 1;
      if (this.#random.int(1, perDeath) === 1) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        await this.#kill();
      }
      const operation = randomOperation(this.#random, this.#apps, [1, 2, 3]);
      const begun = performance.now();
      // oxlint-disable-next-line no-await-in-loop
      const answer = await answered(operation.text, operation.run(this.#running));
      const { text, effect } = operation;
      const ended = performance.now();
      this.asked.push({ text, begun, ended, answer, ...(effect && { effect }) });
      if (full) this.#say(`${text}: ${answer.split('\n')[0]} (${Math.round(begun)} to ${Math.round(ended)})`);
    }
  }

  async #kill(): Promise<void> {
    const status = await this.#running.status().catch(() => undefined);
    if (status === undefined || !lives(status.supervisor.pid)) return;
    process.kill(status.supervisor.pid, 'SIGKILL');
    if (full) this.#say('the supervisor is killed');
  }
}

function answered(text: string, answer: Promise<string>): Promise<string> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer to ${text}`)), answerMs);
  return Promise.race([answer, promise]).finally(() => clearTimeout(timer));
}

/** Everybody who is wanted serves, and nobody else is left. */
const isQuiet = async (running: RunningApp): Promise<boolean> => {
  const status = await running.status().catch(() => undefined);
  if (status === undefined || status.rollout !== undefined) return false;
  const { workers, scaling } = status;
  return workers.length === scaling.wanted && workers.every(({ state }) => state === 'ready');
};

test(`${count} operations at random, ${atOnce} at once, while the supervisor dies now and then`, async (t) => {
  t.diagnostic(`RADIANT_SEED=${seed}`);
  const folder = await testFolder(t);
  const apps = [
    await tinyApp(folder, { label: 'one' }),
    await tinyApp(folder, { label: 'two' }),
    await tinyApp(folder, { label: 'bad', start: 'crash' }),
  ];
  const mark = `RAD_ORDEAL=${folder}`;
  const running = await startRadiant({
    app: apps[0]!,
    workers: initial.workers,
    args: [
      ...tlsArgs(makeCertificate(folder, 'ordeal', '127.0.0.1')),
      '--kill-timeout',
      '3s',
      '--drain-timeout',
      '3s',
    ],
    env: { RAD_ORDEAL: folder },
  });
  t.after(() => running.stop());
  const ordeal = new Ordeal(running, apps, (text) => t.diagnostic(text));
  await ordeal.run();
  const { asked } = ordeal;
  const told = asked.map(
    ({ text, begun, ended, answer }) => `${Math.round(begun)}-${Math.round(ended)} ${text}: ${answer}`,
  );
  await eventually('the fleet is as it is wanted', () => isQuiet(running), 120_000).catch(
    async (error: Error) => {
      const { rollout, scaling, workers } = await running.status();
      const seen = JSON.stringify({ rollout, scaling, workers }, null, 1);
      throw new Error([error.message, ...told, seen, running.output().slice(-4_000)].join('\n'));
    },
  );
  const status = await running.status();
  const ends = { workers: status.scaling.wanted, maintenance: status.maintenance !== undefined } as const;
  for (const what of ['workers', 'maintenance'] as const) {
    const effect = { what, value: ends[what] };
    assert.ok(isExplained(asked, effect, initial[what]), `${what} ${ends[what]}:\n${told.join('\n')}`);
  }
  assert.equal(readlinkSync(join(running.home, 'state', 'app', 'current')), `releases/${status.release}`);
  const known = asked.filter(({ answer }) => answer === 'done').length;
  t.diagnostic(`${known} of ${asked.length} done`);
  assert.ok(known > count / 4, told.join('\n'));

  await running.control.maintain({ on: false, retryAfter: 5, close: false });
  assert.equal((await fetch(running.url)).status, 200);
  await eventually('no process is left but the keeper, the supervisor and the workers', async () => {
    const { supervisor, workers } = await running.status();
    const mine = [running.process.pid!, supervisor.pid, ...workers.map(({ pid }) => pid!)];
    return processesWith(mark).every((pid) => mine.includes(pid));
  });
  const inRun = (name: string): string[] => readdirSync(join(running.home, 'run', 'app', name));
  for (const name of ['workers', 'sockets', 'siblings']) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await eventually(`${name} are those of the workers`, () => inRun(name).length === status.scaling.wanted);
  }
  const left = readdirSync(join(running.home, 'state', 'app'), { recursive: true }) as string[];
  assert.deepEqual(
    left.filter((name) => /\.(?:new|lock)$/.test(name)),
    [],
  );
  await running.control.stop({});
  await eventually(
    'nothing is left',
    () => leftovers(running).length === 0 && processesWith(mark).length === 0,
  );
});

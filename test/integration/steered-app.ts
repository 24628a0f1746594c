import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startRadiant, type RunningApp, type RunOptions } from '../support/radiant.ts';

export const steered = fileURLToPath(new URL('../fixtures/starts/steered.cjs', import.meta.url));

/** What the fixture's `open` takes. */
export interface Opening {
  name: string;
  port?: number;
  bySlot?: boolean;
  host?: string;
  tls?: { cert: string; key: string };
  afterMs?: number;
}

/** An app whose workers open and close servers as they are told. */
export interface SteeredApp extends RunningApp {
  /** Has one worker do something. */
  act<T = unknown>(pid: number, action: string, args?: object): Promise<T>;
  pids(): Promise<number[]>;
}

export interface Reply {
  status: number;
  text: string;
}

/** Asks once; rejects with what went wrong on the way. */
export function ask(options: http.RequestOptions, body?: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', agent: false, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode!, text }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** `open`: what each worker opens at its start. */
export async function startSteered(
  t: TestContext,
  open: Opening[],
  { env, ...options }: Partial<RunOptions> = {},
): Promise<SteeredApp> {
  const folder = await mkdtemp(join(tmpdir(), 'steered-'));
  const base = join(folder, 'control');
  const app = await startRadiant({
    app: steered,
    ...options,
    env: { STEERED: base, OPEN: JSON.stringify(open), ...env },
  });
  t.after(async () => {
    await app.stop();
    await rm(folder, { recursive: true });
  });
  return {
    ...app,
    act: async <T>(pid: number, action: string, args: object = {}): Promise<T> => {
      const { text } = await ask(
        { socketPath: `${base}.${pid}`, method: 'POST' },
        JSON.stringify({ action, ...args }),
      );
      return (JSON.parse(text) as { result: T }).result;
    },
    pids: async () =>
      (await app.status()).workers.flatMap(({ pid, state }) =>
        pid !== null && state !== 'stopping' ? [pid] : [],
      ),
  };
}

/** An answer or a failure of somebody who asks all the time; `at`: when that was asked for. */
export interface Outcome {
  at: number;
  way: string;
  text: string;
}

/** Asks all the time in several ways, until `stop`. */
export function askAllTheTime(ways: Record<string, () => Promise<string>>): {
  outcomes: Outcome[];
  stop(): Promise<void>;
} {
  const outcomes: Outcome[] = [];
  const asking = { ended: false };
  const loop = async (way: string, once: () => Promise<string>): Promise<void> => {
    while (!asking.ended) {
      const at = performance.now();
      // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
      const text = await once().catch(
        (error: NodeJS.ErrnoException) => `failed: ${error.code ?? error.message}`,
      );
      outcomes.push({ at, way, text });
    }
  };
  const loops = Object.entries(ways).map(([way, once]) => loop(way, once));
  return {
    outcomes,
    stop: async () => {
      asking.ended = true;
      await Promise.all(loops);
    },
  };
}

export const textOf = async (options: http.RequestOptions, body?: string): Promise<string> =>
  (await ask(options, body)).text;

export const states = async (app: SteeredApp): Promise<string[]> =>
  (await app.status()).workers.map(({ state }) => state);

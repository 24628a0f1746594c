import { once } from 'node:events';
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startTimeOf } from '../../src/machine/process-start.ts';
import type { FleetEvent } from '../../src/running/events.ts';
import type { Status } from '../../src/running/status.ts';
import { eventually } from './eventually.ts';
import type { RunningApp } from './radiant.ts';

/** Who is killed with SIGKILL at once; `workers` are all of them. */
export type Victim = 'keeper' | 'supervisor' | 'workers';

/** Everybody who can die together. */
export const deaths: readonly (readonly Victim[])[] = [
  ['keeper'],
  ['supervisor'],
  ['workers'],
  ['keeper', 'supervisor'],
  ['keeper', 'workers'],
  ['supervisor', 'workers'],
  ['keeper', 'supervisor', 'workers'],
];

/** How an app came back. */
export interface Recovery {
  running: RunningApp;
  /** Milliseconds from the death, or from the start that followed it, to the first answer, and until all are ready. */
  answeredMs: number;
  readyMs: number;
  /** Statuses other than 200 that clients got meanwhile. */
  refusals: number[];
}

const patienceMs = 120_000;
const askEveryMs = 20;

/** A process that has ended and was not reaped yet does not live. */
export const lives = (pid: number): boolean => startTimeOf(pid) !== '';

/** Kills the `victims` of an app at once; without its keeper it is started again by `again`. Resolves when all is well. */
export async function dieAndReturn(
  app: RunningApp,
  victims: readonly Victim[],
  again: () => Promise<RunningApp>,
): Promise<Recovery> {
  const before = await eventually('nobody is being replaced', async () => {
    const status = await app.status();
    return isComplete(status) ? status : undefined;
  });
  const pids: Record<Victim, number[]> = {
    keeper: [app.process.pid!],
    supervisor: [before.supervisor.pid],
    workers: before.workers.map(({ pid }) => pid!),
  };
  const killed = victims.flatMap((victim) => pids[victim]);
  const keeperEnded = victims.includes('keeper') ? once(app.process, 'exit') : undefined;
  for (const pid of killed) process.kill(pid, 'SIGKILL');
  await keeperEnded;
  await eventually('they have ended', () => !killed.some(lives));
  const since = performance.now();
  const probe = new Probe(app.url);
  const running = keeperEnded === undefined ? app : await again();
  const look = async (): Promise<boolean> => isWhole(await running.status().catch(() => undefined), before);
  await eventually('all workers are new', look, patienceMs);
  const readyMs = performance.now() - since;
  const answeredAt = await eventually('it answers', () => probe.answeredAt);
  await probe.stop();
  return { running, answeredMs: answeredAt - since, readyMs, refusals: probe.refusals };
}

/** Whoever died, in the end none of the workers of before is left: a supervisor that follows replaces them. */
function isWhole(status: Status | undefined, { workers }: Status): boolean {
  const old = new Set(workers.map(({ pid }) => pid));
  return status !== undefined && isComplete(status) && !status.workers.some(({ pid }) => old.has(pid));
}

/** While a worker is replaced, both are told of. */
const isComplete = ({ workers, scaling }: Status): boolean =>
  workers.length === scaling.wanted && workers.every(({ state }) => state === 'ready');

/** Asks again and again, until it is stopped. */
class Probe {
  answeredAt: number | undefined;
  /** Statuses other than 200. */
  readonly refusals: number[] = [];
  readonly #ended: Promise<void>;
  #stopped = false;

  constructor(url: string) {
    this.#ended = this.#ask(url);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ended;
  }

  async #ask(url: string): Promise<void> {
    while (!this.#stopped) {
      // oxlint-disable-next-line no-await-in-loop -- one request after the other
      const status = await fetch(url, { headers: { connection: 'close' } }).then(
        (answer) => answer.status,
        () => undefined,
      );
      if (status === 200) this.answeredAt ??= performance.now();
      else if (status !== undefined) this.refusals.push(status);
      // oxlint-disable-next-line no-await-in-loop
      await wait(askEveryMs);
    }
  }
}

/** What is Radiant's own among what was told of an app, in events and in logs. */
export const troubles = (app: RunningApp): string[] => [...eventTroubles(app), ...logTroubles(app)];

/** Whoever was killed from outside, or was told to end, is no trouble. */
const harmless = /^(?:ended by SIG(?:KILL|TERM)|exited with code 0|ended while no supervisor watched it)$/;

function eventTroubles({ home, name }: RunningApp): string[] {
  const lines = readFileSync(join(home, 'state', name, 'events.log'), 'utf8')
    .trim()
    .split('\n');
  return lines.flatMap((line) => {
    const event = JSON.parse(line) as FleetEvent;
    const wrong =
      event.type === 'fault' ||
      event.type === 'hang' ||
      (event.type === 'exit' && !event.expected && !harmless.test(event.reason)) ||
      (event.type === 'notice' && !event.text.includes('the keeper has died')) ||
      (event.type === 'retry' && event.failing);
    return wrong ? [line] : [];
  });
}

/** The app prints nothing, and neither does a supervisor that does its work. */
function logTroubles({ home, name }: RunningApp): string[] {
  const state = join(home, 'state', name);
  return globSync([join(state, 'log', '*'), join(state, 'releases', '*', 'log', '*')])
    .flatMap((path) => readFileSync(path, 'utf8').split('\n'))
    .filter((line) => line.trim() !== '');
}

/** The files that an app which has stopped has left in its run folder: there may be none. */
export function leftovers({ home, name }: RunningApp): string[] {
  return readdirSync(join(home, 'run', name), { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
}

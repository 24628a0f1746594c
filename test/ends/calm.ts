import { readdirSync, readlinkSync } from 'node:fs';
import { eventually } from '../support/eventually.ts';
import type { RunningApp } from '../support/radiant.ts';
import { Scrape } from '../support/scrape.ts';

/** What a fleet holds, by its name: it is the same before and after all that clients and workers did. */
export type Holdings = ReadonlyMap<string, number>;

/** Something that must be so in the end: after seconds, on a machine that does nothing else. */
export const patienceMs = 60_000;

/** Sockets and the like are told by their kind alone. */
const kindOf = (link: string): string => /^(\w+):\[\d+\]$/.exec(link)?.[1] ?? link;

function addDescriptors(to: Map<string, number>, who: string, pid: number): void {
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      const key = `descriptors of ${who}, ${kindOf(readlinkSync(`/proc/${pid}/fd/${fd}`))}`;
      to.set(key, (to.get(key) ?? 0) + 1);
    } catch {
      // It was closed meanwhile.
    }
  }
}

/** Errors: a worker is not there. */
export async function holdingsOf(app: RunningApp): Promise<Holdings> {
  const scrape = await Scrape.of(app);
  const { supervisor, workers } = await app.status();
  const holdings = new Map<string, number>();
  const metrics = ['radiant_connections', 'radiant_websockets'];
  for (const name of metrics) holdings.set(name, scrape.sum(name));
  for (const name of ['connections', 'websockets'] as const)
    holdings.set(
      name,
      workers.reduce((total, worker) => total + worker[name], 0),
    );
  addDescriptors(holdings, 'supervisor', supervisor.pid);
  for (const { slot, pid } of workers) addDescriptors(holdings, `slot ${slot}`, pid!);
  return holdings;
}

/** Resolves with what an idle fleet holds. */
export const idleHoldings = (app: RunningApp): Promise<Holdings> =>
  eventually('nobody is connected', async () => {
    const holdings = await holdingsOf(app);
    return holdings.get('connections') === 0 && holdings.get('radiant_connections') === 0
      ? holdings
      : undefined;
  });

/** What is still held beyond `before` in the end, one line each; asking itself opens connections, for a moment. */
export async function leftBeyond(app: RunningApp, before: Holdings): Promise<string[]> {
  const least = new Map<string, number>();
  const beyond = (): [string, number][] =>
    [...least].filter(([key, count]) => count > (before.get(key) ?? 0));
  const look = async (): Promise<boolean> => {
    const holdings = await holdingsOf(app);
    // What is not there any more is held no more.
    for (const key of new Set([...holdings.keys(), ...least.keys()])) {
      const count = holdings.get(key) ?? 0;
      least.set(key, Math.min(count, least.get(key) ?? count));
    }
    return beyond().length === 0;
  };
  await eventually('all is as before', look, patienceMs).catch(() => {});
  return beyond().map(([key, count]) => `${key}: ${before.get(key) ?? 0}, then ${count}`);
}

import assert from 'node:assert/strict';
import test from 'node:test';
import { appNodes } from '../fixtures/nodes.ts';
import { Random, seedOfRun } from '../support/random.ts';
import { Scrape } from '../support/scrape.ts';
import { startFleet, type FleetOptions } from './fleet.ts';
import { waveOf, type Door } from './plan.ts';
import { Waves } from './waves.ts';
import { full } from '../support/full-size.ts';

const slots = 3;
const clients = full ? 40 : 20;
const rounds = full ? 10_000 : 420;
/** RADIANT_SEED repeats a run, as far as the machine does. */
const seed = seedOfRun();

interface Kind extends FleetOptions {
  doors: Door[];
  /** Nodes that its app runs on: the first one, unless there is time. */
  nodes: string[];
}

const kinds: Record<string, Kind> = {
  'plain HTTP': { doors: ['public', 'public', 'own'], nodes: ['20', '14.21.3', '26'] },
  'connections that a proxy shares': {
    doors: ['public', 'public', 'own'],
    args: ['--proxies', '1'],
    nodes: ['14.21.3', '20', '26'],
  },
  'TLS and HTTP/2': {
    doors: ['tls', 'h2'],
    args: ['--http2'],
    tls: true,
    nodes: ['26', '20'],
  },
};
const fleets = Object.entries(kinds).flatMap(([name, kind]) =>
  kind.nodes.slice(0, full ? undefined : 1).map((version) => ({ ...kind, name, version })),
);

/** The same line several times, once. */
function tally(faults: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const fault of faults) counts.set(fault, (counts.get(fault) ?? 0) + 1);
  return [...counts].map(([fault, count]) => `${count} × ${fault}`);
}

test(
  'whoever goes, nothing is left behind and nobody waits for ever',
  { concurrency: 3, timeout: full ? 1_800_000 : 240_000 },
  async (t) => {
    t.diagnostic(`RADIANT_SEED=${seed}`);
    const each = fleets.map(({ name, doors, version, ...options }, index) =>
      t.test(`${name}, Node ${version}`, async (sub) => {
        const [node] = await appNodes(version);
        const fleet = await startFleet(sub, slots, { ...options, node: node!.path });
        const random = new Random(`${seed}-${index}`);
        const waves = await Waves.over(fleet);
        const count = Math.ceil(rounds / clients / fleets.length);
        for (let i = 0; i < count; i += 1) {
          // oxlint-disable-next-line no-await-in-loop -- one wave after the other
          await waves.run(waveOf(random, i, doors, slots, clients));
        }
        await waves.finish();
        const opened = async (origin: string): Promise<number> =>
          (await Scrape.of(fleet.app)).sum('radiant_connections_opened_total', { origin });
        const [moved, forwarded] = [await opened('moved'), await opened('sibling')];
        sub.diagnostic(`${JSON.stringify(waves.counts)}, ${moved} moved, ${forwarded} forwarded`);
        for (const line of [...tally(waves.faults), ...waves.details]) sub.diagnostic(line);
        assert.deepEqual(waves.faults, []);
        const { answered, hung, killed, replaced } = waves.counts;
        assert.ok(forwarded > 0 && answered > 0 && hung > 0 && killed > 0 && replaced > 0);
        assert.ok(options.tls || moved > 0);
      }),
    );
    await Promise.all(each);
  },
);

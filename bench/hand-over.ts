import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand } from '../test/support/command.ts';
import { connect, transports, type DdpClient } from '../test/support/ddp-client.ts';
import { eventually } from '../test/support/eventually.ts';
import { meteorBundle } from '../test/support/meteor-bundle.ts';
import { MeteorUser } from '../test/support/meteor-user.ts';
import { startRadiant, type RunningApp } from '../test/support/radiant.ts';
import { repeats } from '../test/support/journal.ts';
import { Scrape } from '../test/support/scrape.ts';
import { temporaryFolder } from '../test/support/temporary-folder.ts';

// What becomes of live sessions where workers are replaced, and what it costs beside reconnecting:
// `node bench/hand-over.ts [--users 200] [--rounds 3] [--sessions 50] [--documents 20,500,5000]`, on the example app.

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '200' },
    rounds: { type: 'string', default: '3' },
    sessions: { type: 'string', default: '50' },
    documents: { type: 'string', default: '20,500,5000' },
  },
});
const [users, rounds, sessions] = [values.users, values.rounds, values.sessions].map(Number) as [
  number,
  number,
  number,
];

const { path: app } = await meteorBundle();
const print = (...cells: (string | number)[]): void => console.log(`| ${cells.join(' | ')} |`);
const places = (): Record<string, string> => {
  const folder = temporaryFolder('radiant-bench-');
  return { EXAMPLE_DATABASE: join(folder, 'database'), EXAMPLE_JOURNAL: join(folder, 'journal') };
};

/** Users who call a method each second, over all transports, half of the WebSockets compressed. */
async function crowd(): Promise<void> {
  const env = places();
  const running = await startRadiant({ app, workers: 2, env });
  const everyone = Array.from({ length: users }, (_, i) => {
    const deflate = i % 8 < 4 ? {} : { deflate: { threshold: 0 } };
    return new MeteorUser(running.url, `user${i}`, 1_000, { transport: transports[i % 4]!, ...deflate });
  });
  await Promise.all(everyone.map(({ started }) => started));
  const operations: Record<string, () => Promise<unknown>> = {
    restart: () => running.control.restart({}),
    'scale 3': () => running.control.scale({ workers: 3 }),
    'scale 2': () => running.control.scale({ workers: 2 }),
    deploy: () => runCommand(running, ['deploy', app, '--no-watch']),
  };
  const before = new Map<MeteorUser, number>();
  console.log(`\n${users} users\n\n| operation | seconds | connected anew |\n|---|---|---|`);
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, operate] of Object.entries(operations)) {
      const began = performance.now();
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await operate();
      const anew = everyone.reduce((sum, user) => sum + user.reconnects.length - (before.get(user) ?? 0), 0);
      for (const user of everyone) before.set(user, user.reconnects.length);
      print(name, ((performance.now() - began) / 1000).toFixed(1), anew);
    }
  }
  const { departures } = await running.status();
  await Promise.all(everyone.map((user) => user.stop()));
  await running.stop();
  const { calls, twice } = await repeats(env.EXAMPLE_JOURNAL!);
  const troubles = everyone.flatMap(({ breaks, problems }) => [...breaks, ...problems]);
  console.log(
    `\n${calls} method calls, ${twice} run twice; broke: ${troubles.length}; ${JSON.stringify(departures)}`,
  );
}

interface Cost {
  /** Of all workers, those included that have ended. */
  cpuMs: number;
  bytes: number;
}

async function costSoFar(running: RunningApp): Promise<Cost> {
  const scrape = await Scrape.of(running);
  return {
    cpuMs: scrape.sum('radiant_cpu_seconds_total') * 1000,
    bytes: scrape.sum('radiant_sent_bytes_total'),
  };
}

/** What a restart costs of one worker with so many sessions, each of which has so many documents. */
async function restartCost(handOver: boolean, count: number, documents: number): Promise<Cost> {
  const running = await startRadiant({
    app,
    workers: 1,
    env: places(),
    args: ['--hand-over', String(handOver)],
  });
  const open = new Set<DdpClient>();
  let closing = false;
  const enter = async (): Promise<void> => {
    const client = await connect(running.url, { deflate: { threshold: 0 } });
    void client.closed.then(() => {
      open.delete(client);
      return closing ? undefined : enter();
    });
    // One that is told to go in between begins again.
    await client.subscribe('notes', 'bench').then(
      () => open.add(client),
      () => {},
    );
  };
  const writer = await connect(running.url);
  for (let i = 0; i < documents; i += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await writer.call('notes.insert', { _id: `note${i}`, list: 'bench', text: 'a few words of it', n: i });
  }
  await writer.close();
  await Promise.all(Array.from({ length: count }, enter));
  const before = await costSoFar(running);
  await running.control.restart({});
  await eventually('all are there again', () => open.size === count);
  const after = await costSoFar(running);
  closing = true;
  await Promise.all([...open].map((client) => client.close()));
  await running.stop();
  return { cpuMs: after.cpuMs - before.cpuMs, bytes: after.bytes - before.bytes };
}

async function costs(): Promise<void> {
  console.log('\n| documents | | CPU a session (ms) | bytes to a client |\n|---|---|---|---|');
  for (const documents of values.documents.split(',').map(Number)) {
    for (const handOver of [true, false]) {
      // oxlint-disable-next-line no-await-in-loop -- side by side they would be in each other's way
      const [some, none] = [
        await restartCost(handOver, sessions, documents),
        await restartCost(handOver, 0, documents),
      ];
      const of = (what: keyof Cost): number => (some[what] - none[what]) / sessions;
      print(
        documents,
        handOver ? 'handed over' : 'reconnected',
        of('cpuMs').toFixed(1),
        Math.round(of('bytes')),
      );
    }
  }
}

await crowd();
await costs();

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { answers } from '../../src/machine/unix-socket.ts';
import { eventually } from '../support/eventually.ts';
import { haproxy } from '../support/proxies.ts';
import { freePort, startRadiant } from '../support/radiant.ts';
import { startProxy } from '../support/running-proxy.ts';
import { testFolder } from '../support/tiny-apps.ts';

/** From `/busy` on until `/rest` it computes, and answers only in between. */
const program = `'use strict';
let busy = false;
const compute = () => {
  for (const until = Date.now() + 50; Date.now() < until; );
  if (busy) setImmediate(compute);
};
require('http').createServer((request, response) => {
  if (request.url === '/busy') { busy = true; setImmediate(compute); }
  if (request.url === '/rest') busy = false;
  response.end(process.env.NODE_APP_INSTANCE);
}).listen(process.env.PORT);
`;

/** What HAProxy says at its stats socket. */
function asked(path: string, command: string): Promise<string> {
  const socket = net.connect(path);
  socket.write(`${command}\n`);
  return text(socket);
}

/** The rows of \`show stat\` by server, each with what stands below the names of columns. */
async function servers(path: string): Promise<Record<string, Record<string, string>>> {
  const [head, ...rows] = (await asked(path, 'show stat')).trim().replace(/^# /, '').split('\n');
  const names = head!.split(',');
  const table = rows.map((row) => Object.fromEntries(row.split(',').map((cell, i) => [names[i]!, cell])));
  return Object.fromEntries(
    table.filter(({ pxname }) => pxname === 'radiant_app').map((row) => [row.svname, row]),
  );
}

test('HAProxy hears which workers are busy, and gives them less that is new', async (t) => {
  const folder = await testFolder(t);
  const app = join(folder, 'app');
  await mkdir(app);
  await writeFile(join(app, 'server.js'), program);
  const args = ['--agent-check', String(await freePort()), '--affinity', 'none', '--workers', '2-3'];
  const running = await startRadiant({ app: join(app, 'server.js'), args, workers: null });
  t.after(() => running.stop());
  const stats = join(folder, 'stats.sock');
  const withStats = {
    ...haproxy,
    main: () => `${haproxy.main('', '')}  stats socket ${stats} level admin\n`,
  };
  const { url } = await startProxy(t, withStats, running);
  await eventually('HAProxy answers there', () => answers(stats));
  const weights = async (): Promise<number[]> => {
    const { s1, s2, s3 } = await servers(stats);
    return [s1, s2, s3].map((server) => Number(server!.weight));
  };

  await eventually(
    'an idle worker counts in full, and its two names half each',
    async () => {
      const [one, two, three] = await weights();
      return two! >= 85 && Math.min(one!, three!) >= 42 && Math.max(one!, three!) <= 50;
    },
    90_000,
  );
  const socketPath = join(running.home, 'run', 'app', 'app.2.sock');
  await new Promise((resolve) => {
    net
      .connect(socketPath)
      .end('GET /busy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
      .resume()
      .on('close', resolve);
  });
  await eventually(
    'the busy one counts little, the idle one as before',
    async () => {
      const [one, two] = await weights();
      return two! <= 25 && one! >= 42;
    },
    90_000,
  );
  const state = await asked(stats, 'show servers state radiant_app');
  assert.match(state, /^\d+ radiant_app \d+ s2 \S+ 2 /m, 'it stays up');
  const busy = (await servers(stats)).s2!;
  assert.match(busy.status!, /^UP/); // "UP 1/2" after a check that a busy machine has answered late
  assert.match(busy.agent_status!, /L7OK/);

  const instances = await Promise.all(Array.from({ length: 40 }, async () => (await fetch(url)).text()));
  assert.ok(instances.filter((instance) => instance === '1').length < 14, instances.join());

  // An operator's word in HAProxy stands, and nothing goes down with a supervisor.
  await asked(stats, 'set server radiant_app/s1 state drain');
  process.kill((await running.status()).supervisor.pid, 'SIGKILL');
  await eventually(
    'the next supervisor tells of idle workers',
    async () => {
      const { s1, s2 } = await servers(stats);
      assert.match(`${s1!.status} ${s2!.status}`, /^DRAIN.* UP/);
      return Number(s2!.weight) >= 85;
    },
    90_000,
  );
});

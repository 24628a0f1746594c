import { join } from 'node:path';
import { connectControl } from '../../src/control/client.ts';
import type { Status } from '../../src/running/status.ts';
import { tlsArgs } from '../../test/support/certificates.ts';
import { freePort } from '../../test/support/radiant.ts';
import type { Affinity } from '../../src/config/types.ts';
import type { Contender, Running, Site, WorkerCookie } from '../contender.ts';
import { treeOf } from '../process-tree.ts';
import { buildUnmetered } from '../unmetered/build.ts';
import { programPath } from '../../src/installation.ts';

const ownCli = programPath('cli');
const name = 'bench';

export interface Fleet {
  name: string;
  pid: number;
  port: number;
  home: string;
  status: Status;
}

/** Errors: a worker is in no process tree that would be measured. */
export async function startFleet({ lab, app, workers }: Site, args: string[], cli = ownCli): Promise<Fleet> {
  const [port, home] = [await freePort(), await lab.folder()];
  const own = ['--name', name, '--port', String(port), '--workers', String(workers)];
  const pid = await lab.start({
    program: process.execPath,
    args: [cli, 'start', app.radiant, ...own, '--node', process.execPath, ...args],
    env: { ...app.env, RADIANT_HOME: home },
    ready: / is ready at /,
  });
  const status = await connectControl(join(home, 'run', name, 'control.sock')).status({});
  const tree = new Set(treeOf([pid]).map((member) => member.pid));
  for (const { pid: worker } of [status.supervisor, ...status.workers]) {
    if (worker === null || !tree.has(worker)) throw new Error(`process ${worker} would not be measured`);
  }
  return { name, pid, port, home, status };
}

/** The cookie that Radiant gives, with each worker's slot in the place of the one that gave it. */
export async function cookiesOf({ port, status }: Fleet): Promise<WorkerCookie[]> {
  const protocol = status.certificates ? 'https' : 'http';
  const answer = await fetch(`${protocol}://127.0.0.1:${port}/api/whoami`, {
    headers: { accept: 'text/html' },
  });
  await answer.arrayBuffer();
  const [given = `radiant-${name}=1.none`] = answer.headers.getSetCookie();
  const [, start, end] = /^([^=]+=)\d+(\.[^;]+)/.exec(given)!;
  return status.workers.map(({ slot, pid }) => ({ header: `${start}${slot}${end}`, pid: pid! }));
}

/** Radiant at a public address: over HTTPS where the scenario asks for it. */
async function startPublic(site: Site, affinity: Affinity, args: string[] = []): Promise<Running> {
  const { certificate, http2 } = site.app;
  const fleet = await startFleet(site, [
    '--affinity',
    affinity,
    ...(certificate === undefined ? [] : tlsArgs(certificate)),
    ...(http2 ? ['--http2'] : []),
    ...args,
  ]);
  return { ports: [fleet.port], roots: [fleet.pid], cookies: await cookiesOf(fleet) };
}

export const radiant = (affinity: Affinity, args: string[] = []): Contender => ({
  name: `Radiant, affinity ${affinity}`,
  start: (site) => startPublic(site, affinity, args),
});

/** One process, as the bare app is. */
export const radiantOne: Contender = {
  name: 'Radiant, 1 worker',
  special: true,
  start: (site) => startPublic({ ...site, workers: 1 }, 'client'),
};

/** As behind a proxy whose connections many clients share: they cannot move, so each request is kept or forwarded. */
const shared = (what: string, owner: NonNullable<Running['owner']>): Contender => ({
  name: `Radiant, ${what}`,
  special: true,
  start: async (site) => ({ ...(await startPublic(site, 'client', ['--proxies', '1'])), owner }),
});

export const radiantKept = shared('all requests kept', 'same');
export const radiantForwarded = shared('all requests forwarded', 'another');

/** The same without metrics: what these cost is the difference to `radiant('client')`. */
export const unmetered: Contender = {
  name: 'Radiant without metrics',
  special: true,
  async start(site) {
    const fleet = await startFleet(site, ['--affinity', 'client'], await buildUnmetered(site.lab));
    return { ports: [fleet.port], roots: [fleet.pid], cookies: await cookiesOf(fleet) };
  },
};

/** Radiant without a public address, as it is meant to run behind a proxy; its home and name tell the proxy the rest. */
export async function hiddenWorkers(site: Site): Promise<{ pid: number; home: string; name: string }> {
  const { pid, home } = await startFleet(site, ['--listen', 'none', '--proxies', '1']);
  return { pid, home, name };
}

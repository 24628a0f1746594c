import { lookup } from 'node:dns/promises';
import { access, constants, stat, statfs } from 'node:fs/promises';
import net from 'node:net';
import { dirname, join } from 'node:path';
import { isFolder } from '../bundle/source/files.ts';
import { locateApp } from '../bundle/source/locate.ts';
import { loadSettings, usesUws } from '../bundle/source/settings.ts';
import { readStar } from '../bundle/source/star.ts';
import type { Acme, Address, Config, TlsFiles } from '../config/types.ts';
import { epochMs } from '../common/dates.ts';
import { RadiantError } from '../common/errors.ts';
import { findOnMachine } from '../node/machine.ts';
import { parseWanted } from '../node/versions.ts';
import type { Homes } from '../disk/paths.ts';
import { runFolder } from '../disk/run-folder.ts';
import { diskUse } from '../releases/disk-use.ts';
import type { Status } from '../running/status.ts';
import { readPair } from '../tls/pair.ts';
import { longestSocketPath } from '../machine/unix-socket.ts';
import type { AppFacts } from './app-checks.ts';
import { procFile } from './machine.ts';

/** Looks at the app that a configuration names. Errors: APP_NOT_FOUND, SETTINGS. */
export async function lookAtApp(
  config: Config,
  homes: Homes,
  env: NodeJS.ProcessEnv,
  status: Status | undefined,
): Promise<AppFacts> {
  const source = await locateApp(config.app);
  const variables = { ...env, ...config.env };
  const settings = await loadSettings(config.settings, variables);
  const bundle = source.kind === 'bundle' ? source.folder : undefined;
  return {
    kind: source.kind,
    path: config.app,
    node: bundle === undefined ? undefined : await nodeOf(bundle, homes, env),
    installed:
      bundle === undefined ? undefined : await isFolder(join(bundle, 'programs/server/node_modules')),
    settings: settings === undefined ? undefined : { bytes: Buffer.byteLength(settings) },
    uws: usesUws(settings, variables),
    rootUrl: config.rootUrl,
    listen: config.listen,
    port: config.port,
    tls: (config.tls ?? []).map(certificateOf),
    acme: config.acme && (await acmeFacts(config.acme)),
    redirect: config.redirect,
    now: epochMs(),
    proxies: config.proxies,
    forwardedCount: env.HTTP_FORWARDED_COUNT,
    taken: await takenBy(config.listen, status),
    firstFreePort: firstFreePort(),
    sockets: await socketsOf(config, homes),
    releases: await releasesOf(config, homes),
  };
}

async function nodeOf(bundle: string, homes: Homes, env: NodeJS.ProcessEnv): Promise<AppFacts['node']> {
  const { nodeVersion } = await readStar(bundle);
  const wanted = parseWanted(nodeVersion ?? '');
  if (nodeVersion === undefined || wanted === undefined) return undefined;
  const progress = { step: () => {}, transfer: () => {} };
  const found = await findOnMachine(wanted, { homes, env, progress });
  return { wanted: nodeVersion, found: found?.source };
}

async function acmeFacts({ domains, challenge }: Acme): Promise<AppFacts['acme']> {
  const found = await Promise.all(
    domains.map((domain) =>
      lookup(domain).then(
        () => true,
        () => false,
      ),
    ),
  );
  return { domains, unknown: domains.filter((_, index) => !found[index]), challenge };
}

function certificateOf(files: TlsFiles): AppFacts['tls'][number] {
  try {
    return readPair(files);
  } catch (error) {
    if (!(error instanceof RadiantError)) throw error;
    return { problem: error.message, remedy: error.remedy };
  }
}

async function takenBy(listen: readonly Address[], status: Status | undefined): Promise<AppFacts['taken']> {
  if (status !== undefined) return 'ours';
  for (const each of listen) {
    // oxlint-disable-next-line no-await-in-loop -- two at most
    if ('port' in each && (await isTaken(each))) return 'other';
  }
  return 'free';
}

function isTaken({ host, port }: { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRINUSE'));
    server.listen({ host, port, ipv6Only: true }, () => server.close(() => resolve(false)));
  });
}

/** CAP_NET_BIND_SERVICE is the bit 10 of a process's effective capabilities. */
function firstFreePort(): number | undefined {
  const capabilities = /^CapEff:\s+(\w+)/m.exec(procFile('/proc/self/status') ?? '')?.[1];
  if (capabilities === undefined || (BigInt(`0x${capabilities}`) >> 10n) & 1n) return undefined;
  return Number(procFile('/proc/sys/net/ipv4/ip_unprivileged_port_start') ?? 1024);
}

async function releasesOf(config: Config, homes: Homes): Promise<AppFacts['releases']> {
  const run = runFolder(homes, config.name);
  const bytes = [...(await diskUse(run)).values()];
  if (bytes.length === 0) return undefined;
  const { bavail, bsize } = await statfs(run.releases);
  return { bytes, free: bavail * bsize, folder: run.releases };
}

async function socketsOf(config: Config, homes: Homes): Promise<AppFacts['sockets']> {
  const run = runFolder(homes, config.name);
  const base = config.socketBase === undefined ? [] : [`${config.socketBase}.256.sock`];
  const all = [
    join(run.sockets, `${config.name}.999.99999.sock`),
    join(run.siblings, '99999.sock.9'),
    ...base,
  ];
  const longest = all.toSorted((a, b) => Buffer.byteLength(b) - Buffer.byteLength(a))[0]!;
  const writable = await access(await nearest(run.folder), constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  return { longest, limit: longestSocketPath, folder: run.folder, writable };
}

/** The folder itself, or the nearest one around it that is there. */
async function nearest(folder: string): Promise<string> {
  const there = await stat(folder).then(
    () => true,
    () => false,
  );
  return there || dirname(folder) === folder ? folder : nearest(dirname(folder));
}

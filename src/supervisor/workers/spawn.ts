import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { accountEnvironment } from '../../bundle/account/account.ts';
import { findFreePort, settingsForWorker, usesUws } from '../../bundle/source/settings.ts';
import { expandEnv } from '../../config/values/expand.ts';
import { honoured } from '../../config/options/options.ts';
import { publicSockets } from '../../config/values/public-sockets.ts';
import type { Config } from '../../config/types.ts';
import { agentPath } from '../../installation.ts';
import { bootVariable, type Boot, type RequestLimits } from '../../protocol/boot.ts';
import type { Release } from '../../running/release.ts';
import { makeSnapshotFolder, snapshotFolder } from './snapshot-folder.ts';
import { nodeFlags } from './node-flags.ts';
import type { Launch } from '../../running/launch.ts';
import { slotVariable, type WorkerPlan } from './worker-plan.ts';
import { siblingsSocket, workerSocket } from './worker-sockets.ts';

export interface WorkerSeat {
  slot: number;
  worker: number;
  leader: boolean;
  learnedPort: number | null;
}

/** Where the inherited descriptors of a worker begin: 0 to 2 are the usual, 3 the boot data, 4 the IPC channel. */
const bootFd = 3;
const firstListenerFd = 5;

/** What the app is told besides its own environment. Meteor needs a ROOT_URL; its path prefixes every route. */
export function rootUrl({ config }: Launch): string {
  return config.rootUrl ?? `${config.tls === undefined ? 'http' : 'https'}://localhost:${config.port}`;
}

function environment(plan: WorkerPlan, seat: WorkerSeat): NodeJS.ProcessEnv {
  const { launch, account } = plan;
  const { config } = launch;
  const inherited = Object.entries(process.env).filter(
    ([name]) => !(name in honoured) && !name.startsWith('METEOR_SETTINGS'),
  );
  return {
    ...Object.fromEntries(inherited),
    ...(account ? accountEnvironment(account) : {}),
    NODE_APP_INSTANCE: String(seat.slot - 1),
    ...expandEnv(config.env, seat.slot, config.literalEnv),
    PORT: String(config.port),
    ROOT_URL: rootUrl(launch),
    HTTP_FORWARDED_COUNT: String(config.proxies),
    // For apps that close their sessions themselves when they are told to end.
    METEOR_SIGTERM_GRACE_PERIOD_SECONDS: String(config.killTimeout / 1000),
    [slotVariable]: String(seat.slot),
    [bootVariable]: String(bootFd),
  };
}

async function settings(release: Release, env: NodeJS.ProcessEnv): Promise<string | null> {
  const port = usesUws(release.settings, env) ? await findFreePort() : 0;
  return settingsForWorker(release.settings, env, port) ?? null;
}

/** The lists of static files of all kept releases, the worker's own first, then the newest. */
function staticIndexes(releases: string, own: string | undefined): string[] {
  if (own === undefined) return [];
  const others = readdirSync(releases)
    .toSorted((a, b) => Number(b) - Number(a))
    .map((number) => join(releases, number, 'static.json'))
    .filter((path) => path !== own && existsSync(path));
  return [own, ...others];
}

const limitsOf = (config: Config): RequestLimits => ({
  headTimeout: config.headTimeout,
  requestTimeout: config.requestTimeout,
  maxHead: config.maxHead ?? null,
  maxBody: config.maxBody ?? null,
  connectionsPerAddress: config.connectionsPerAddress ?? null,
  requestsPerAddress: config.requestsPerAddress ?? null,
});

function bootData(
  plan: WorkerPlan,
  release: Release,
  seat: WorkerSeat,
  token: string,
  text: string | null,
): Boot {
  const { launch, run } = plan;
  const { config } = launch;
  const prefix = new URL(rootUrl(launch)).pathname;
  return {
    ...seat,
    release: String(release.number),
    token,
    listeners: publicSockets(config).map((socket, index) => ({ fd: firstListenerFd + index, ...socket })),
    httpsPort: Number(new URL(rootUrl(launch)).port || 443),
    http2: config.http2 ?? false,
    hsts: config.hsts ?? null,
    port: config.port,
    currentLink: run.current,
    meteor: release.program.kind === 'meteor',
    staticIndexes: staticIndexes(run.releases, release.staticIndex),
    supervisorSocket: run.agents,
    workerSocket: workerSocket(plan, seat),
    siblingsSocket: siblingsSocket(run, seat.worker),
    socketMode: config.socketMode,
    socketGroup: plan.socketGroup,
    affinity: config.affinity,
    handOver: config.handOver,
    proxies: config.proxies,
    proxiesFrom: config.proxiesFrom,
    proxyProtocol: config.proxyProtocol,
    healthPath: config.healthPath,
    limits: limitsOf(config),
    cookie: { name: `radiant-${config.name}`, path: prefix },
    settings: text,
    startTimeout: config.startTimeout,
    umask: launch.umask ?? null,
  };
}

/** A worker's process, which reads its boot data before it does anything else. */
export interface Spawned {
  child: ChildProcess;
  token: string;
  /** Has it begin. Without this it ends by itself, also when this supervisor is killed first. */
  begin(): void;
}

/** Nothing of it shows in /proc/<pid>/environ, in argv or on the disk. */
function sendBoot(pipe: Writable, boot: Boot): void {
  pipe.on('error', () => {}); // the worker has ended, and its exit tells
  pipe.end(JSON.stringify(boot), () => pipe.destroy());
}

/** Starts a worker, in a process group of its own: Ctrl-C must not end it before it is drained. */
export async function spawnWorker(
  plan: WorkerPlan,
  release: Release,
  seat: WorkerSeat,
  output: string,
): Promise<Spawned> {
  const { program } = release;
  const env = environment(plan, seat);
  const token = randomBytes(16).toString('hex');
  const boot = bootData(plan, release, seat, token, await settings(release, env));
  const flags = nodeFlags(plan.launch.config, env, program.nodeVersion, () =>
    makeSnapshotFolder(snapshotFolder(plan.run, release.number), plan.account),
  );
  // A file, not a pipe: when the supervisor dies, the worker's next line must not be its end.
  const log = openSync(output, 'a', 0o640);
  try {
    const child = spawn(program.nodePath, [...flags, '--require', agentPath, program.entry], {
      cwd: plan.launch.config.cwd ?? program.cwd,
      env,
      detached: true,
      stdio: ['ignore', log, log, 'pipe', 'ipc', ...plan.listenerFds],
      ...(plan.account && { uid: plan.account.uid, gid: plan.account.gid }),
    });
    if (child.pid === undefined) throw (await once(child, 'error'))[0];
    child.on('error', () => {});
    return { child, token, begin: () => sendBoot(child.stdio[bootFd] as Writable, boot) };
  } finally {
    closeSync(log);
  }
}

import { performance } from 'node:perf_hooks';
import type { Departures } from '../../running/departures.ts';
import type { Address, Admin } from '../../config/types.ts';
import { describeAddress } from '../../keeper/bind.ts';
import { programPath } from '../../installation.ts';
import type { RunFolder } from '../../disk/run-folder.ts';
import { stableName } from '../../disk/socket-name.ts';
import { ownVersion } from '../../common/version.ts';
import type { Slot } from '../pool/slots.ts';
import type { WorkerPlan } from '../workers/worker-plan.ts';
import type { CertificateStatus, ScalingStatus, Status, WorkerStatus } from '../../running/status.ts';
import type { Worker } from '../workers/worker.ts';

/** How the app is as a whole, and the moment when that changes. */
export class FleetState {
  current: Status['state'] = 'starting';
  readonly #changed: (state: Status['state']) => void;

  constructor(changed: (state: Status['state']) => void) {
    this.#changed = changed;
  }

  look(stopping: boolean, workers: Iterable<Worker>, slots: ReadonlyMap<number, Slot>): void {
    const state = stateOf(stopping, [...workers], slots);
    if (state === this.current) return;
    this.current = state;
    this.#changed(state);
  }
}

function stateOf(
  stopping: boolean,
  workers: readonly Worker[],
  slots: ReadonlyMap<number, Slot>,
): Status['state'] {
  if (stopping) return 'stopping';
  if (workers.some((worker) => worker.state === 'ready' && worker.accepting)) return 'running';
  return [...slots.values()].some((slot) => slot.failing) ? 'failing' : 'starting';
}

/** What a status is made of. */
export interface StatusSources {
  workerPlan: WorkerPlan;
  state: Status['state'];
  scaling: ScalingStatus;
  workers: readonly Worker[];
  slots: ReadonlyMap<number, Slot>;
  leader: Worker | undefined;
  startedAt: number;
  release: number;
  /** Of the release that serves. */
  nodeVersion: string;
  rollout: Status['rollout'];
  departures: Departures;
  wentBack: Status['wentBack'];
  certificates: CertificateStatus[];
}

const allInterfaces = new Set(['0.0.0.0', '::']);

/** Where a browser on this machine finds the app. */
function urlOf(address: Address | undefined, scheme: 'http' | 'https'): string {
  if (address === undefined) return '';
  if ('path' in address) return `unix:${address.path}`;
  const host = allInterfaces.has(address.host) ? 'localhost' : address.host;
  return `${scheme}://${describeAddress({ host, port: address.port })}`;
}

function adminOf({ listen, token }: Admin, run: RunFolder): NonNullable<Status['admin']> {
  return { url: urlOf(listen[0], 'http'), ...(token === undefined && { tokenFile: run.adminToken }) };
}

const round = (value: number): number => Math.round(value * 1000) / 1000;

function workerStatus({ workerPlan, slots, leader }: StatusSources, worker: Worker): WorkerStatus {
  const { launch, run } = workerPlan;
  const { slot, record, load } = worker;
  return {
    slot,
    release: worker.release,
    pid: record.pid,
    state: worker.state,
    leader: worker === leader,
    nodeVersion: record.nodeVersion,
    socketPath: stableName(launch.config, run.folder, slot),
    uptimeSeconds: round((performance.now() - worker.startedAt) / 1000),
    restarts: slots.get(slot)?.restarts ?? 0,
    connections: load.connections,
    websockets: worker.websockets,
    longPolls: worker.sessions,
    requests: load.requests,
    eventLoopUtilization: round(load.eventLoopUtilization),
    rssBytes: load.rssBytes,
  };
}

function emptySlot({ workerPlan, slots, release, nodeVersion }: StatusSources, slot: number): WorkerStatus {
  const { launch, run } = workerPlan;
  const { failing = false, restarts = 0, lastExit } = slots.get(slot) ?? {};
  return {
    slot,
    release,
    pid: null,
    state: failing ? 'failing' : 'waiting',
    leader: false,
    nodeVersion: nodeVersion,
    socketPath: stableName(launch.config, run.folder, slot),
    uptimeSeconds: 0,
    restarts,
    connections: 0,
    websockets: 0,
    longPolls: 0,
    requests: 0,
    eventLoopUtilization: 0,
    rssBytes: 0,
    ...(lastExit && { lastExit }),
  };
}

export function fleetStatus(seen: StatusSources): Status {
  const { config } = seen.workerPlan.launch;
  const workers = seen.workers.map((worker) => workerStatus(seen, worker));
  for (let slot = 1; slot <= seen.scaling.wanted + seen.scaling.spare; slot += 1) {
    if (!workers.some((worker) => worker.slot === slot)) workers.push(emptySlot(seen, slot));
  }
  return {
    name: config.name,
    url: config.rootUrl ?? urlOf(config.listen[0], config.tls === undefined ? 'http' : 'https'),
    state: seen.state,
    affinity: config.affinity,
    release: seen.release,
    scaling: seen.scaling,
    ...(seen.rollout && { rollout: seen.rollout }),
    departures: seen.departures,
    ...(seen.wentBack && { wentBack: seen.wentBack }),
    ...(config.admin && { admin: adminOf(config.admin, seen.workerPlan.run) }),
    ...(seen.certificates.length > 0 && { certificates: seen.certificates }),
    supervisor: {
      pid: process.pid,
      rssBytes: process.memoryUsage.rss(),
      uptimeSeconds: round((performance.now() - seen.startedAt) / 1000),
      version: ownVersion(),
      code: programPath('supervisor'),
    },
    workers: workers.toSorted((a, b) => a.slot - b.slot || (a.pid ?? 0) - (b.pid ?? 0)),
  };
}

import type { Affinity, Scaling } from '../config/types.ts';
import type { Departures } from './departures.ts';
import type { WorkerState } from './worker-state.ts';

export interface WorkerStatus {
  slot: number;
  release: number;
  /** null while the slot has no process. */
  pid: number | null;
  state: WorkerState;
  leader: boolean;
  nodeVersion: string;
  /** The stable name of the worker's UNIX socket. */
  socketPath: string;
  uptimeSeconds: number;
  /** How often the slot's worker was replaced because it died. */
  restarts: number;
  connections: number;
  websockets: number;
  /** Long-poll sessions that live in it. */
  longPolls: number;
  requests: number;
  /** 0 to 1, over the last second. */
  eventLoopUtilization: number;
  rssBytes: number;
  /** Why the last worker of the slot ended, and the last lines it wrote, while the slot is waiting or failing. */
  lastExit?: { reason: string; output: string[] };
}

export interface RenewalStatus {
  directory: string;
  /** When it asks the authority next, ISO 8601. */
  next: string;
  lastFailure?: { at: string; reason: string };
}

/** A certificate that is being served, or that is to be got. */
export interface CertificateStatus {
  names: string[];
  /** ISO 8601; null: there is none yet. */
  expires: string | null;
  /** It should have been replaced by now. */
  expiresSoon: boolean;
  /** Who vouches for it; null: there is none yet. */
  issuer: string | null;
  /** Where it was read from; undefined where Radiant gets it itself. */
  file?: string;
  /** Why what is in the file now is not served. */
  problem?: string;
  /** Where Radiant gets it itself. */
  renewal?: RenewalStatus;
}

/** That visitors get the maintenance page. */
export interface MaintenanceStatus {
  /** ISO 8601. */
  since: string;
  /** Seconds. */
  retryAfter: number;
  /** The page is not the built-in one. */
  ownPage: boolean;
  /** Open WebSockets and long-poll sessions were closed too. */
  close: boolean;
}

/** A change of the wanted number of workers. */
export interface Scaled {
  from: number;
  to: number;
  /** In words: what the load was, or who asked for it. */
  reason: string;
  /** ISO 8601. */
  at: string;
}

/** What the fleet carries at one moment; taken only while every wanted worker is ready. */
export interface Sample {
  /** Milliseconds. */
  at: number;
  workers: number;
  /** The busy shares of all event loops together: 1.5 is one and a half of them. */
  eventLoop: number;
  /** WebSockets and long-poll sessions of all workers together. */
  sessions: number;
  /** How many more workers fit into the memory that may be used; null where that is not known. */
  room: number | null;
}

/** How many workers there should be, and why. */
export interface ScalingStatus {
  wanted: number;
  /** So many more that wait without clients. */
  spare: number;
  /** Where the number follows the load: its limits, and what is aimed at for each worker. */
  automatic?: Pick<Scaling, 'min' | 'max' | 'target'>;
  /** What the last decision went by; none is taken while workers start, or a deploy is under way. */
  sample?: Sample;
  last?: Scaled;
  /** Why there are fewer than the load asks for. */
  limit?: string;
}

export interface SupervisorStatus {
  pid: number;
  rssBytes: number;
  uptimeSeconds: number;
  /** Radiant's own, and the module that the supervisor runs from. */
  version: string;
  code: string;
}

/**
 * The way of a new release, in this order. Nothing before `switched` changes what visitors get.
 * - `first`: its first worker starts alone
 * - `others`: that is ready, the others start
 * - `switched`: new visitors get the new release
 * - `draining`: the old workers lose their sessions, paced
 * - `watching`: all sessions have moved; the release is compared with the one before
 * - `done`: it stays
 * - `failed`: it never took over
 * - `back`: it did clearly worse, and the release before has taken over again
 */
export type RolloutStep =
  | 'first'
  | 'others'
  | 'switched'
  | 'draining'
  | 'watching'
  | 'done'
  | 'failed'
  | 'back';

export interface Status {
  name: string;
  /** Where the app answers: the first public address. */
  url: string;
  state: 'starting' | 'running' | 'failing' | 'stopping';
  affinity: Affinity;
  /** The release that serves new visitors. */
  release: number;
  scaling: ScalingStatus;
  /** The deploy that is under way, or whose release is still being watched. */
  rollout?: { to: number; step: RolloutStep };
  /** Clients of workers that emptied, since the supervisor began. */
  departures?: Departures;
  /** The last release that was gone back from by itself, and why. */
  wentBack?: { from: number; to: number; reason: string; at: string };
  /** Where the page for operators is; `tokenFile` is undefined where the configuration names the token. */
  admin?: { url: string; tokenFile?: string };
  /** What TLS is served with, if it is. */
  certificates?: CertificateStatus[];
  /** Visitors get the maintenance page. */
  maintenance?: MaintenanceStatus;
  supervisor: SupervisorStatus;
  workers: WorkerStatus[];
}

import type { CertificateStep, RenewalStatus } from '../acme/renewal.ts';
import type { Affinity, Config, Scaling } from '../config/types.ts';
import type { Code } from '../keeper/orders.ts';
import type { Release, Started } from '../releases/types.ts';
import type { Sample } from './autoscale.ts';
import type { WorkerState } from './worker-state.ts';

/** What a supervisor is started with; kept as `app.json` (mode 0600) in the app's run folder. */
export interface Launch {
  config: Config;
  /** The one it starts with; the `current` link says which it runs after a deploy. */
  release: Release;
  /** What the start was given. */
  started: Started;
  /** Somebody watches it at a terminal: without its keeper it is to end. */
  attended: boolean;
  /** The workers' own, where Radiant's is another one. */
  umask?: number;
}

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

export interface MaintenanceRequest {
  on: boolean;
  /** HTML, if not the built-in page. */
  page?: string;
  /** Seconds. */
  retryAfter: number;
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

/** `blue-green`: all new workers beside all old ones. `rolling`: `surge` more than usual at a time. */
export type Strategy = 'blue-green' | 'rolling';

export interface DeployRequest {
  /** A release that was staged before. */
  release: number;
  strategy: Strategy;
  surge: number;
  /** Milliseconds; 0: what is worse than before stays too. */
  watch: number;
}

export interface DeployReport {
  from: number;
  to: number;
  /** Until the switch, and until the last session had moved. */
  switchedInMs: number;
  ms: number;
  sessionsMoved: number;
  /** Requests that were cut off in old workers. */
  requestsFailed: number;
  /** Sessions that were told to go in the fullest second, and how many would have been let go in it. */
  busiestSecond: { goodbyes: number; limit: number };
}

/**
 * What happens to the fleet, as it happens. `time` is milliseconds since the epoch. The `cause` of a start: `start`,
 * `died`, `scale`, `restart`, `drain`, `memory`, `takeover` (from a supervisor that died), `deploy 4`, `back to 3`.
 */
export type FleetEvent = { time: number } & (
  | { type: 'starting'; slot: number; pid: number; cause: string }
  | { type: 'ready'; slot: number; pid: number; startedInMs: number }
  /** Its app has closed its server and lives on; and it listens again. */
  | { type: 'closed'; slot: number; pid: number }
  | { type: 'reopened'; slot: number; pid: number }
  /** A spare takes clients from now on, in the place of one that does not any more. */
  | { type: 'promoted'; slot: number; pid: number }
  | { type: 'draining'; slot: number; pid: number }
  | { type: 'exit'; slot: number; pid: number; reason: string; expected: boolean; output: string[] }
  /**
   * Its event loop has not answered for `hangTimeout`. `stack`: `function (file:line:column)`, innermost first; `where`:
   * the function that does not end; `foundInMs`: how long finding that out took, or trying to.
   */
  | {
      type: 'hang';
      slot: number;
      pid: number;
      silentMs: number;
      foundInMs: number;
      stack: string[];
      where?: string;
    }
  /** Radiant's own code in a worker threw, and the worker goes on. `count`: so many since the last such event. */
  | { type: 'fault'; slot: number; pid: number; entry: string; stack: string[]; count: number }
  /** A worker near its heap limit has written what is on its heap. */
  | { type: 'snapshot'; slot: number; pid: number; file: string }
  | { type: 'retry'; slot: number; inMs: number; failing: boolean }
  | { type: 'notice'; slot: number; text: string }
  | { type: 'output'; slot: number; line: string }
  /** Another number of workers is wanted. */
  | { type: 'scaled'; from: number; to: number; reason: string }
  /** The load asks for more workers than there may be; at most once a minute. */
  | { type: 'limit'; text: string }
  /** A worker uses more than it may, and is being replaced. */
  | { type: 'memory'; slot: number; pid: number; rssBytes: number; limitBytes: number }
  /** Radiant gets a certificate itself, or one, also from files, is not replaced in time. */
  | ({ type: 'certificate' } & CertificateStep)
  | { type: 'state'; state: Status['state'] }
  | { type: 'rollout'; release: number; step: RolloutStep; reason?: string }
  /** Visitors get the maintenance page, or the app again. */
  | { type: 'maintenance'; on: boolean; ownPage?: boolean; close?: boolean }
  /** Somebody asks for it by hand: an operation, or a signal. */
  | { type: 'asked'; operation: string; text: string }
  /** `reason`: how the one before ended, for one that took over. */
  | {
      type: 'supervisor';
      step: 'started' | 'took over' | 'hands over' | 'stopped';
      pid: number;
      reason?: string;
    }
);

/** What may be asked of a running app. Every promise settles when the thing is done. */
export interface Serving {
  status(): Status;
  /** Errors: OPERATION_FAILED when the new workers do not become ready, or where the app scales itself otherwise. */
  scale(workers: number): Promise<void>;
  /** Replaces every worker, one after the other. Errors: OPERATION_FAILED; the old worker goes on then. */
  restart(): Promise<void>;
  /**
   * Replaces the worker of one slot, the new one first; resolves when the old one has ended. Errors: OPERATION_FAILED;
   * the old worker goes on then.
   */
  drain(slot: number): Promise<void>;
  /**
   * Puts a release in the place of the one that serves; resolves when its sessions have moved, while it is still
   * watched. Until the switch `signal` ends it. Errors: DEPLOY_FAILED, with the reason and the app's last lines;
   * nothing has changed then. DEPLOY_LOCKED while another deploy is on its way.
   */
  deploy(request: DeployRequest, signal: AbortSignal): Promise<DeployReport>;
  /** Resolves when no worker is left; the supervisor ends after that. */
  stop(): Promise<void>;
  /** Calls `listener` for each event from now on; returns the function that ends this. */
  subscribe(listener: (event: FleetEvent) => void): () => void;
}

/** What the control channel may ask: of the app, and of the supervisor itself. */
export interface Fleet extends Serving {
  /**
   * Shows visitors the maintenance page, or the app again; resolves when that is on disk and the workers know. Errors:
   * OPERATION_FAILED when it cannot be kept; nothing has changed then.
   */
  maintain(request: MaintenanceRequest): Promise<MaintenanceStatus | undefined>;
  /** Reads the certificates again. Errors: CERTIFICATE, the ones from before stay; OPERATION_FAILED without HTTPS. */
  reloadCertificates(): CertificateStatus[];
  /**
   * Asks the certificate authority for a new certificate now; resolves when it serves. Errors: NO_RENEWAL,
   * RENEWAL_RUNNING; RENEWAL_FAILED, the one from before stays.
   */
  renewCertificate(): Promise<CertificateStatus[]>;
  /**
   * Ends the supervisor and leaves the workers to the next one: to that of `successor`, or to that of a keeper that
   * takes over from one that died. Errors: OPERATION_FAILED while the app stops or a deploy is on its way.
   */
  handOver(successor: Code | undefined): void;
}

import type { FleetEvent } from './events.ts';
import type { Departures } from './departures.ts';
import type { CertificateStatus, MaintenanceStatus, Status } from './status.ts';

export interface MaintenanceRequest {
  on: boolean;
  /** HTML, if not the built-in page. */
  page?: string;
  /** Seconds. */
  retryAfter: number;
  close: boolean;
}

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
  /** Those of the old workers; undefined from a supervisor of before. */
  departures?: Departures;
  /** Requests that were cut off in old workers. */
  requestsFailed: number;
  /** Sessions that were told to go in the fullest second, and how many would have been let go in it. */
  busiestSecond: { goodbyes: number; limit: number };
}

/** What a supervisor runs from: another installation of Radiant may follow. */
export interface Code {
  node: string;
  /** The module that is the supervisor. */
  entry: string;
}

/** What may be asked of a running app. Every promise settles when the thing is done, with whom workers have lost meanwhile. */
export interface Serving {
  status(): Status;
  /** Errors: OPERATION_FAILED when the new workers do not become ready, or where the app scales itself otherwise. */
  scale(workers: number): Promise<Departures>;
  /** Replaces every worker, one after the other. Errors: OPERATION_FAILED; the old worker goes on then. */
  restart(): Promise<Departures>;
  /**
   * Replaces the worker of one slot, the new one first; resolves when the old one has ended. Errors: OPERATION_FAILED;
   * the old worker goes on then.
   */
  replace(slot: number): Promise<Departures>;
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

import type { Program } from '../bundle/types.ts';
import type { Affinity, Config } from '../config/types.ts';

/** What a supervisor is started with; kept as `app.json` (mode 0600) in the app's run folder. */
export interface Launch {
  config: Config;
  program: Program;
  /** The text of METEOR_SETTINGS, if the app has settings. */
  settings?: string;
}

/**
 * - `starting`: its process runs, its app does not listen yet
 * - `ready`: it listens and takes new connections
 * - `draining`: it finishes what it has and takes nothing new
 * - `stopping`: it was told to end
 * - `waiting`: it died; its slot is about to start a new one
 * - `failing`: it died again and again soon after its start; its slot is retried slowly
 */
export type WorkerState = 'starting' | 'ready' | 'draining' | 'stopping' | 'waiting' | 'failing';

export interface WorkerStatus {
  slot: number;
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
  requests: number;
  /** 0 to 1, over the last second. */
  eventLoopUtilization: number;
  rssBytes: number;
  /** Why the last worker of the slot ended, and the last lines it wrote, while the slot is waiting or failing. */
  lastExit?: { reason: string; output: string[] };
}

export interface Status {
  name: string;
  /** Where the app answers: the first public address. */
  url: string;
  state: 'starting' | 'running' | 'failing' | 'stopping';
  affinity: Affinity;
  supervisor: { pid: number; rssBytes: number; uptimeSeconds: number };
  workers: WorkerStatus[];
}

/** What happens to the fleet, as it happens. `time` is milliseconds since the epoch. */
export type FleetEvent = { time: number } & (
  | { type: 'starting'; slot: number; pid: number }
  | { type: 'ready'; slot: number; pid: number; startedInMs: number }
  | { type: 'draining'; slot: number; pid: number }
  | { type: 'exit'; slot: number; pid: number; reason: string; expected: boolean; output: string[] }
  | { type: 'retry'; slot: number; inMs: number; failing: boolean }
  | { type: 'notice'; slot: number; text: string }
  | { type: 'output'; slot: number; line: string }
  | { type: 'state'; state: Status['state'] }
);

/** What the control channel may ask of a running app. Every promise settles when the thing is done. */
export interface Fleet {
  status(): Status;
  /** Errors: OPERATION_FAILED when the new workers do not become ready. */
  scale(workers: number): Promise<void>;
  /** Replaces every worker, one after the other. Errors: OPERATION_FAILED; the old worker goes on then. */
  restart(): Promise<void>;
  /** Resolves when no worker is left; the supervisor ends after that. */
  stop(): Promise<void>;
  /** Calls `listener` for each event from now on; returns the function that ends this. */
  subscribe(listener: (event: FleetEvent) => void): () => void;
}

import type { ChildProcess } from 'node:child_process';
import type net from 'node:net';
import { performance } from 'node:perf_hooks';
import type { AgentMessage, SupervisorMessage } from '../protocol/messages.ts';
import type { WorkerState } from './types.ts';
import { sameProcess, type WorkerRecord } from './worker-record.ts';

/** What a worker last told of itself. */
export interface Load {
  connections: number;
  requests: number;
  eventLoopUtilization: number;
  rssBytes: number;
}

/** The supervisor's view of one worker process. What runs inside it is the agent's. */
export class Worker {
  readonly record: WorkerRecord;
  /** undefined for an orphan: a worker that an earlier supervisor started. */
  readonly child: ChildProcess | undefined;
  readonly phase: number;
  readonly startedAt = performance.now();
  readyAt: number | undefined;
  state: WorkerState = 'starting';
  /** Where it reads what `send` says. */
  inbox: net.Socket | undefined;
  /** Where it says what it has to say: its last words too, so this is closed only when they have been read. */
  outbox: net.Socket | undefined;
  /** It was started as the leader. */
  bornLeader = false;
  /** It has said hello to this supervisor. */
  introduced = false;
  load: Load = { connections: 0, requests: 0, eventLoopUtilization: 0, rssBytes: 0 };
  websockets = 0;
  /** Connections that were placed here and have not shown in `websockets` yet: when they were. */
  reserved: number[] = [];
  sessions = 0;
  /** Somebody else ended it, while it did well. */
  innocent = false;
  /** Why it is being ended, if that was decided here. */
  endReason: string | undefined;

  constructor(record: WorkerRecord, phase: number, child: ChildProcess | undefined) {
    this.record = record;
    this.phase = phase;
    this.child = child;
  }

  get id(): number {
    return this.record.worker;
  }

  get slot(): number {
    return this.record.slot;
  }

  get connected(): boolean {
    return this.inbox !== undefined && this.outbox !== undefined;
  }

  get leaving(): boolean {
    return this.state === 'draining' || this.state === 'stopping';
  }

  /** It takes new clients. */
  get open(): boolean {
    return this.state === 'ready' && this.connected;
  }

  /** Sockets can be sent to it. */
  get reachable(): boolean {
    return this.open && this.child?.connected === true;
  }

  /** How many clients live in it or are on their way. */
  get clients(): number {
    return this.websockets + this.reserved.length + this.sessions;
  }

  send(message: SupervisorMessage): void {
    this.inbox?.write(`${JSON.stringify(message)}\n`);
  }

  /** How long its app has listened, in milliseconds. */
  get readyMs(): number {
    return this.readyAt === undefined ? 0 : performance.now() - this.readyAt;
  }

  setWebSockets(open: number): void {
    const arrived = open - this.websockets;
    if (arrived > 0) this.reserved.splice(0, arrived);
    this.websockets = open;
  }

  signal(signal: NodeJS.Signals): void {
    try {
      // The pid of an orphan may belong to another process by now.
      if (this.child !== undefined || sameProcess(this.record)) process.kill(this.record.pid, signal);
    } catch {
      // It has ended: its exit will tell.
    }
  }
}

/** The first line of a connection. */
export type Introduction = Extract<AgentMessage, { type: 'hello' | 'outbox' }>;
export type Hello = Extract<AgentMessage, { type: 'hello' }>;

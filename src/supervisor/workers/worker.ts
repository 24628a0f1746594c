import type { ChildProcess } from 'node:child_process';
import type net from 'node:net';
import { performance } from 'node:perf_hooks';
import { farewell, type AgentMessage, type SupervisorMessage } from '../../protocol/messages.ts';
import type { MessageOf } from '../../protocol/shape.ts';
import type { StopSignal } from '../../config/types.ts';
import { HandleDelivery } from './handle-delivery.ts';
import { isLeaving, type WorkerState } from '../../running/worker-state.ts';
import { sameProcess, type WorkerRecord } from '../../machine/worker-record.ts';

/** What a worker last told of itself. */
export interface Load {
  connections: number;
  requests: number;
  eventLoopUtilization: number;
  rssBytes: number;
  active: number;
  failures: number;
  goodbyes: number;
}

/** Agents report each second: who has said nothing for so long has its event loop full. */
const fullMs = 3_000;
/** Bytes that wait for an agent which does not read. */
const mostUnread = 8 * 1024 * 1024;
/** Who was sent away comes back within this time, or it was somebody else. */
const returnMs = 10_000;

/** The supervisor's view of one worker process. What runs inside it is the agent's. */
export class Worker {
  readonly record: WorkerRecord;
  /** undefined for an orphan: a worker that an earlier supervisor started. */
  readonly child: ChildProcess | undefined;
  /** An old release that takes over again gets a new phase. */
  phase: number;
  /** Another one is to take its place: why. */
  outgoing: 'replace' | 'memory' | undefined;
  /** Its release has not taken over yet. */
  candidate = false;
  /** What it has not done yet, should it be given up: in words. */
  problem = 'did not listen';
  /** Its app's server listens. */
  listening: boolean;
  /** Its app has called `process.send('ready')`. */
  readonly announced = Promise.withResolvers<void>();
  /** When it is given up, should it not be ready by then. */
  deadline: NodeJS.Timeout | undefined;
  /** While its app is being asked whether it is well. */
  asked: AbortController | undefined;
  /** Clients come to it: it takes connections from the public sockets. */
  admitted = false;
  /** It has listened on the public sockets: whoever connects is not refused any more. */
  accepting: boolean;
  readonly listeners: HandleDelivery;
  readonly startedAt = performance.now();
  readyAt: number | undefined;
  state: WorkerState = 'starting';
  /** Where it reads what `send` says. */
  inbox: net.Socket | undefined;
  /** Where it says what it has to say: its last words too, so this is closed only when they have been read. */
  outbox: net.Socket | undefined;
  /** An orphan that has not found this supervisor yet: it serves all the same. */
  awaited: boolean;
  /** It has more sessions to tell of than its hello held. */
  telling = false;
  /** Its agent says which sessions its app has opened; one of before counts all that were placed in it. */
  confirms = false;
  /** Live sessions can be handed over to it. */
  takesSessions = false;
  /** It was started as the leader. */
  bornLeader = false;
  /** Its agent speaks another version: an older or newer Radiant has started it, and all it can do here is to drain. */
  foreign = false;
  /** It has said hello to this supervisor. */
  introduced = false;
  /** When it last told its load. */
  #toldAt: number | undefined;
  load: Load = {
    connections: 0,
    requests: 0,
    eventLoopUtilization: 0,
    rssBytes: 0,
    active: 0,
    failures: 0,
    goodbyes: 0,
  };
  websockets = 0;
  /** Clients that were placed here and have not shown in `websockets` or `sessions` yet: when they were. */
  reserved: number[] = [];
  sessions = 0;
  /** When clients were sent away that have not come back yet. */
  readonly #sentAway: number[] = [];
  /** Somebody else ended it, while it did well. */
  innocent = false;
  /** Why it ended, and the last lines of its app. */
  ending: { reason: string; output: string[] } | undefined;
  /** Why it is being ended, if that was decided here. */
  endReason: string | undefined;

  constructor(record: WorkerRecord, phase: number, child: ChildProcess | undefined) {
    this.record = record;
    this.phase = phase;
    this.child = child;
    this.listeners = new HandleDelivery(child);
    this.awaited = child === undefined;
    this.accepting = child === undefined;
    this.listening = child === undefined;
  }

  get id(): number {
    return this.record.worker;
  }

  get slot(): number {
    return this.record.slot;
  }

  get release(): number {
    return this.record.release;
  }

  get connected(): boolean {
    return this.inbox !== undefined && this.outbox !== undefined;
  }

  get leaving(): boolean {
    return isLeaving(this);
  }

  /** Its app has listened, and it is not being ended. */
  get isUp(): boolean {
    return this.state === 'ready' || this.state === 'spare' || this.state === 'closed';
  }

  /** It takes new clients. */
  get open(): boolean {
    return this.living && this.connected && !this.foreign;
  }

  /** Names of sockets lead to it. */
  get living(): boolean {
    return this.state === 'ready' && this.admitted;
  }

  /** Sockets can be sent to it. */
  get reachable(): boolean {
    return this.open && this.child?.connected === true;
  }

  /** It takes nobody new, but connections that came to it may stay. */
  get resumes(): boolean {
    return this.state === 'draining' && this.connected && this.child?.connected === true;
  }

  /** Connections are answered by it, or will be. */
  get serves(): boolean {
    return this.living || (this.admitted && this.state === 'draining');
  }

  /** How many clients live in it or are on their way. */
  get clients(): number {
    return this.present + this.reserved.length;
  }

  /** How many clients live in it. */
  get present(): number {
    return this.websockets + this.sessions;
  }

  /** It has told this supervisor its load before. */
  get heard(): boolean {
    return this.#toldAt !== undefined;
  }

  /** How long it has not told its load: its event loop stands still, or it is stopped. */
  get silentMs(): number {
    return performance.now() - (this.#toldAt ?? performance.now());
  }

  /** The busy share of its event loop, 0 to 1. */
  get busy(): number {
    return this.silentMs > fullMs ? 1 : this.load.eventLoopUtilization;
  }

  told(load: Load): void {
    this.load = load;
    this.#toldAt = performance.now();
  }

  send(message: SupervisorMessage): void {
    if (this.foreign && !farewell.told.includes(message.type)) return;
    this.inbox?.write(`${JSON.stringify(message)}\n`);
    if ((this.inbox?.writableLength ?? 0) > mostUnread) this.#letGo();
  }

  /** Its agent connects again when it reads that this has ended, and says anew who it is. */
  #letGo(): void {
    this.inbox?.destroy();
    if (this.child?.connected) this.child.disconnect();
  }

  /** How long its app has listened, in milliseconds. */
  get readyMs(): number {
    return this.readyAt === undefined ? 0 : performance.now() - this.readyAt;
  }

  /** Has it send idle clients away; so many that come with its cookie are placed anew. */
  sendAway(count: number): void {
    const now = performance.now();
    for (let i = 0; i < count; i += 1) this.#sentAway.push(now);
    this.send({ type: 'shed', count });
  }

  /** Whether a client that comes with its cookie is taken for one that it sent away; true once for each. */
  takesLeave(): boolean {
    const now = performance.now();
    while (this.#sentAway[0] !== undefined && now - this.#sentAway[0] > returnMs) this.#sentAway.shift();
    return this.#sentAway.shift() !== undefined;
  }

  setWebSockets(open: number): void {
    const arrived = open - this.websockets;
    if (arrived > 0) this.reserved.splice(0, arrived);
    this.websockets = open;
  }

  /** An orphan has no channel for messages: it gets the usual signal. */
  askToEnd(by: StopSignal): void {
    if (by !== 'message') this.signal(by);
    else if (this.child?.connected) this.child.send('shutdown', () => {});
    else this.signal('SIGTERM');
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
export type Introduction = Extract<MessageOf<typeof farewell.heard>, { type: 'hello' | 'outbox' }>;
export type Hello = Extract<AgentMessage, { type: 'hello' }>;

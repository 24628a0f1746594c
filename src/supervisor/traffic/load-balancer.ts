import type { AgentMessage } from '../../protocol/messages.ts';
import { sessionName } from '../../protocol/session-name.ts';
import { isOrphan } from '../workers/orphans.ts';
import { Reservations } from './reservations.ts';
import type { Worker } from '../workers/worker.ts';

export type Question = Extract<AgentMessage, { type: 'place' }>;

/** A client's own worker is passed over only when it has so much more than the others. */
const overloadFactor = 1.5;
const overloadAllowance = 10;
/** A reservation that has not become a WebSocket by then never will. */
const reservationMs = 5_000;

/** No app bears so many; a worker could fill its supervisor's memory with names. */
const mostOfWorker = 100_000;

/** Decides which worker gets a connection, from counts that are exact at this moment. */
export class LoadBalancer {
  readonly #workers: () => Iterable<Worker>;
  readonly #isSlow: (worker: Worker) => boolean;
  /** Those that an app has opened. */
  readonly #sessions = new Map<string, Worker>();
  readonly #reservations = new Reservations();
  /** The app has sessions that poll: names are kept for no other. */
  #polls = false;
  #held: { session: string; answer: () => void }[] = [];

  constructor(workers: () => Iterable<Worker>, isSlow: (worker: Worker) => boolean) {
    this.#workers = workers;
    this.#isSlow = isSlow;
  }

  /**
   * The least loaded worker of those that take new clients, `preferred` among equals; never one of `except`.
   * A worker that cannot be sent sockets, or is slow to take them, counts only if it is `preferred` itself.
   */
  leastLoaded(preferred: Worker | undefined, except: ReadonlySet<Worker> = new Set()): Worker | undefined {
    const eligible = [...this.#workers()].filter(
      (worker) =>
        worker.open &&
        !except.has(worker) &&
        (worker === preferred || (worker.reachable && !this.#isSlow(worker))),
    );
    const now = performance.now();
    for (const worker of eligible) {
      if (worker.reserved[0] !== undefined && now - worker.reserved[0] > reservationMs) {
        worker.reserved = worker.reserved.filter((since) => now - since <= reservationMs);
      }
    }
    const least = Math.min(...eligible.map((worker) => worker.clients));
    const best = eligible.filter((worker) => worker.clients === least);
    return best.find((worker) => worker === preferred) ?? best[0];
  }

  /** Answers a worker that asks where a connection belongs. */
  answer(asking: Worker, { id, session: said, owner, awaits, address = '' }: Question): void {
    const session = said === null ? null : sessionName(said);
    const answer = (): void => {
      const preferred = [...this.#workers()].find((worker) => worker.id === owner);
      const target =
        session === null
          ? this.websocket(asking, preferred, awaits)
          : this.session(session, asking, preferred, address);
      const opened = session !== null && this.#sessions.has(session);
      asking.send({ type: 'placed', id, worker: target.id, opened });
    };
    if (session === null || this.knows(session)) answer();
    else if (this.#awaiting) this.#held.push({ session, answer });
    else afterNextPoll(answer);
  }

  /** An orphan that was waited for is here, with its sessions, or has ended. */
  look(): void {
    const ready = this.#held.filter(({ session }) => !this.#awaiting || this.knows(session));
    this.#held = this.#held.filter((question) => !ready.includes(question));
    for (const { answer } of ready) afterNextPoll(answer);
  }

  /** A session that is not known may live in an orphan that has not told of it yet. */
  get #awaiting(): boolean {
    return [...this.#workers()].some(({ awaited, telling }) => awaited || telling);
  }

  /** Where a WebSocket goes: to the worker of the client's cookie, unless that has far more than its share. */
  websocket(asking: Worker, owner: Worker | undefined, awaits: boolean): Worker {
    if (isOrphan(asking) && asking.open) return asking; // it could only forward it
    const kept = owner !== undefined && !owner.takesLeave() && this.#bears(owner);
    // Who comes to a draining worker by its own socket, without a cookie, may be one of those that it waits for.
    const returns = awaits && owner === undefined && asking.resumes;
    const target = kept ? owner : returns ? asking : this.leastLoaded(asking);
    if (target === undefined) return asking;
    target.reserved.push(performance.now());
    return target;
  }

  #bears(owner: Worker): boolean {
    if (!owner.open) return false;
    const open = [...this.#workers()].filter((worker) => worker.open);
    const mean = open.reduce((sum, worker) => sum + worker.clients, 0) / open.length;
    return owner.clients <= mean * overloadFactor + overloadAllowance;
  }

  /** Where a long-poll session lives, or shall live from its first request on. */
  session(session: string, asking: Worker, owner: Worker | undefined, address: string): Worker {
    const known = this.#sessions.get(session);
    if (known !== undefined && (known.open || known.awaited || known.state === 'draining')) return known;
    const reserved = this.#reservations.get(session);
    if (reserved?.open) return reserved;
    // An orphan could only forward its polls, each for as long as it lasts; and an app without sessions has no use for a move.
    const stays = asking.open && (isOrphan(asking) || (!this.#polls && owner === undefined));
    const target = stays ? asking : owner?.open ? owner : (this.leastLoaded(asking) ?? asking);
    if (target.confirms) this.#reserve(session, target, address);
    else this.remember(session, target);
    return target;
  }

  #reserve(session: string, worker: Worker, address: string): void {
    worker.reserved.push(performance.now());
    if (this.#polls) this.#reservations.add(session, worker, address);
  }

  /** Its app has opened that session. */
  remember(said: string, worker: Worker): void {
    const session = sessionName(said);
    if (this.#reservations.get(session) === worker) worker.reserved.shift();
    this.forget(session);
    if (worker.sessions >= mostOfWorker) return;
    this.#sessions.set(session, worker);
    this.#polls = true;
    worker.sessions += 1;
  }

  knows(session: string): boolean {
    return this.#sessions.has(session) || this.#reservations.get(session) !== undefined;
  }

  forget(said: string): void {
    const session = sessionName(said);
    this.#reservations.delete(session);
    const worker = this.#sessions.get(session);
    if (worker === undefined) return;
    this.#sessions.delete(session);
    worker.sessions -= 1;
  }

  /** A worker has ended, and its sessions with it. */
  forgetWorker(worker: Worker): void {
    for (const [session, owner] of this.#sessions) if (owner === worker) this.#sessions.delete(session);
    this.#reservations.forgetWorker(worker);
    worker.sessions = 0;
    this.look();
  }
}

/**
 * Calls back when all that had arrived before has been read. A worker announces a session that its app named before
 * the client learns of it; yet another worker's question about it may be read first, when both wait to be read.
 */
function afterNextPoll(callback: () => void): void {
  setImmediate(() => setImmediate(callback));
}

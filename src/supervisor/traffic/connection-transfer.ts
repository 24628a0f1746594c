import { sessionCommand, type MoveMessage, type SessionMessage } from '../../protocol/messages.ts';
import type { Worker, Hello } from '../workers/worker.ts';
import type { Handle } from '../../running/handle.ts';
import { isOrphan } from '../workers/orphans.ts';

/**
 * Settles the moves that were under way when an earlier supervisor died: each worker says in its hello which sockets it
 * sent and has no answer to, and which it took. It says so when its old channel has ended, so it takes no other one
 * later: once all have spoken, nothing is in doubt. What one that cannot speak any more may have taken is let go of,
 * since its client would be served twice, or wait for an answer that nobody gives.
 */
export class TransferRecovery {
  readonly #workers: () => Iterable<Worker>;
  readonly #taken = new Set<string>();
  /** Workers from which nothing more will be heard. */
  readonly #settled = new Set<Worker>();
  #open: { worker: Worker; move: string }[] = [];
  /** Somebody may have taken more than is known. */
  #doubtful = false;
  readonly #lost: () => boolean;

  /** `lost`: whether workers had ended before this supervisor came. */
  constructor(workers: () => Iterable<Worker>, lost: () => boolean) {
    this.#workers = workers;
    this.#lost = lost;
  }

  heard(worker: Worker, hello: Hello): void {
    this.#settled.add(worker);
    for (const move of hello.taken) this.#taken.add(move);
    this.#open.push(...hello.moving.map((move) => ({ worker, move })));
    this.#look();
  }

  /** It has ended, or speaks another language. */
  silent(worker: Worker): void {
    if (isOrphan(worker) && !this.#settled.has(worker)) this.#doubtful = true;
    this.#settled.add(worker);
    this.#look();
  }

  #look(): void {
    for (const worker of this.#workers()) if (isOrphan(worker) && !this.#settled.has(worker)) return;
    const doubtful = this.#doubtful || this.#lost();
    for (const { worker, move } of this.#open) {
      worker.send({ type: doubtful || this.#taken.has(move) ? 'moved' : 'unmoved', move });
    }
    this.#open = [];
  }
}

interface Move {
  cmd: (MoveMessage | SessionMessage)['cmd'];
  id: string;
  bytes: string;
  addresses: MoveMessage['addresses'];
  handle: Handle;
  from: Worker;
  /** Its session lives in one worker: when that cannot take it, only the sender can help, by forwarding. */
  bound: boolean;
  /** Workers that could not take it. */
  tried: Set<Worker>;
}

/**
 * Node's own queue of handles is not safe: what waits for a worker that dies hangs for ever. So only a few are
 * under way to a worker at a time, and each is kept until the worker says that it has it.
 */
const underWayLimit = 4;
/** A worker that sends more before others have taken it serves it itself: sockets, and characters read from them. */
const mostMoves = 4_096;
const mostCharacters = 32 * 1024 * 1024;
/** A worker that has not taken a socket for so long is slow: what was not sent yet goes elsewhere. */
const slowMs = 300;

class Queue {
  readonly waiting: Move[] = [];
  readonly underWay = new Map<string, { move: Move; since: number }>();
  /** Waits for the last answer of a worker that gets nothing more. */
  answered: (() => void) | undefined;

  get slow(): boolean {
    const oldest = this.underWay.values().next().value;
    return oldest !== undefined && performance.now() - oldest.since > slowMs;
  }
}

/**
 * Passes sockets from worker to worker, with none lost and none served twice: what is not sent yet may change its
 * target at any time (unless it is bound), what is sent only when the target is dead or has refused it.
 */
export class ConnectionTransfer {
  readonly #queues = new Map<Worker, Queue>();
  readonly #target: (preferred: Worker | undefined, except: ReadonlySet<Worker>) => Worker | undefined;
  readonly #timer: NodeJS.Timeout;
  /** What is held of each sender. */
  readonly #held = new WeakMap<Worker, { moves: number; characters: number }>();

  constructor(target: (preferred: Worker | undefined, except: ReadonlySet<Worker>) => Worker | undefined) {
    this.#target = target;
    this.#timer = setInterval(() => this.#rerouteSlow(), slowMs / 3);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  isSlow(worker: Worker): boolean {
    return this.#queues.get(worker)?.slow ?? false;
  }

  /** A socket arrived from `from`, who wants it to go to `preferred`. */
  accept(
    from: Worker,
    message: MoveMessage | SessionMessage,
    handle: Handle | undefined,
    preferred: Worker | undefined,
  ): void {
    if (handle === undefined || handle === null) {
      from.send({ type: 'unmoved', move: message.move });
      return;
    }
    const { cmd, move: id, bytes, bound, addresses } = message;
    const move = { cmd, id, bytes, addresses, handle, from, bound, tried: new Set([from]) };
    const held = this.#count(move, 1);
    if (held.moves > mostMoves || held.characters > mostCharacters) {
      this.#giveBack(move);
      return;
    }
    // A worker finds out with sessions of its own whether it can give and take them, before it is open.
    const toItself = preferred === from && cmd === sessionCommand;
    const usable =
      toItself || (preferred?.reachable && preferred !== from && (bound || !this.isSlow(preferred)));
    this.#enqueue(move, usable ? preferred : undefined);
  }

  #enqueue(move: Move, preferred: Worker | undefined): void {
    const free = !move.bound || !move.from.connected;
    const target = preferred ?? (free ? this.#target(undefined, move.tried) : undefined);
    if (target === undefined) {
      this.#giveBack(move);
      return;
    }
    const queue = this.#queues.get(target) ?? new Queue();
    this.#queues.set(target, queue);
    queue.waiting.push(move);
    this.#send(target, queue);
  }

  /** Nobody else can take it: whoever accepted it serves it. If that has died meanwhile, the client is lost with it. */
  #giveBack(move: Move): void {
    move.from.send({ type: 'unmoved', move: move.id });
    this.#letGo(move);
  }

  #count({ from, bytes }: Move, by: 1 | -1): { moves: number; characters: number } {
    const held = this.#held.get(from) ?? { moves: 0, characters: 0 };
    this.#held.set(from, held);
    held.moves += by;
    held.characters += by * bytes.length;
    return held;
  }

  #letGo(move: Move): void {
    this.#count(move, -1);
    move.handle.close();
  }

  #send(target: Worker, queue: Queue): void {
    while (queue.waiting.length > 0 && queue.underWay.size < underWayLimit) {
      const move = queue.waiting.shift()!;
      queue.underWay.set(move.id, { move, since: performance.now() });
      const { cmd, id, bytes, bound, addresses } = move;
      const message = {
        cmd,
        move: id,
        worker: target.id,
        bound,
        bytes,
        addresses,
      };
      // Whether that worked is told by the worker's answer or by its end, not by this callback.
      target.child?.send(message, move.handle as never, {}, () => {});
    }
  }

  /**
   * Sends `worker`, which is no target any more, nothing that is not under way to it. `answered` is called when it has
   * taken or refused that: a drain that began earlier could end before it comes.
   */
  retire(worker: Worker, answered: () => void): void {
    const queue = this.#queues.get(worker);
    for (const move of queue?.waiting.splice(0) ?? []) this.#enqueue(move, undefined);
    if (queue === undefined || queue.underWay.size === 0) answered();
    else queue.answered = answered;
  }

  taken(worker: Worker, id: string): void {
    const move = this.#settle(worker, id);
    if (move === undefined) return;
    this.#letGo(move);
    move.from.send({ type: 'moved', move: id });
  }

  refused(worker: Worker, id: string): void {
    const move = this.#settle(worker, id);
    if (move === undefined) return;
    move.tried.add(worker);
    this.#enqueue(move, undefined);
  }

  #settle(worker: Worker, id: string): Move | undefined {
    const queue = this.#queues.get(worker);
    const entry = queue?.underWay.get(id);
    if (queue === undefined || entry === undefined) return undefined;
    queue.underWay.delete(id);
    this.#send(worker, queue);
    if (queue.underWay.size === 0) {
      queue.answered?.();
      queue.answered = undefined;
    }
    return entry.move;
  }

  /** `worker` has ended, and everything it said has been read. */
  gone(worker: Worker): void {
    const queue = this.#queues.get(worker);
    this.#queues.delete(worker);
    if (queue === undefined) return;
    for (const move of [...[...queue.underWay.values()].map((entry) => entry.move), ...queue.waiting]) {
      move.tried.add(worker);
      this.#enqueue(move, undefined);
    }
  }

  #rerouteSlow(): void {
    for (const [worker, queue] of this.#queues) {
      if (!queue.slow || queue.waiting.length === 0) continue;
      for (const move of queue.waiting.splice(0)) {
        if (move.bound) {
          queue.waiting.push(move);
          continue;
        }
        const other = this.#target(undefined, new Set([...move.tried, worker]));
        if (other === undefined) this.#giveBack(move);
        else this.#enqueue(move, other);
      }
    }
  }
}

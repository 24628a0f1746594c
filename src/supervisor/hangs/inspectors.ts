import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { Finding, Order } from '../../inspector/find-place.ts';
import { programPath } from '../../installation.ts';
import type { FleetEvent } from '../../running/events.ts';
import type { Worker } from '../workers/worker.ts';

/** What a Node whose inspector opens writes, whoever opened it. */
const listening = /Debugger listening on (ws:\/\/127\.0\.0\.1:\d+\/[0-9a-f-]{36})$/;
const attached = /^Debugger attached\.$/;
/** A worker whose inspector has not opened by then waits in a call that V8 knows nothing of. */
const openMs = 6_000;
/** On a busy machine what takes 0.4 s else may take that long. */
const answerMs = 20_000;

const nothing: Finding = { stack: [] };

/**
 * Asks hanging workers what they do, through Node's inspector. Workers are started so that SIGUSR1 opens it on a
 * random port of 127.0.0.1, at a path that only their output tells. Who was asked is killed afterwards: so nobody's
 * inspector stays open.
 */
export class Inspectors {
  /** Where the inspectors are that somebody else opened, by slot, and where somebody uses one. */
  readonly #open = new Map<number, string>();
  readonly #used = new Set<number>();
  /** The workers that are being asked, by slot. */
  readonly #asked = new Map<number, Worker>();
  readonly #opened = new Map<number, (url: string) => void>();

  /** Hears all that happens. */
  hear(event: FleetEvent): void {
    if (event.type === 'output') this.#read(event.slot, event.line);
    else if (event.type === 'starting') this.#forget(event.slot);
    else if (event.type === 'exit' && this.#asked.get(event.slot)?.record.pid === event.pid)
      this.#asked.delete(event.slot);
  }

  #forget(slot: number): void {
    this.#open.delete(slot);
    this.#used.delete(slot);
  }

  #read(slot: number, line: string): void {
    const url = listening.exec(line)?.[1];
    if (url !== undefined) {
      const opened = this.#opened.get(slot);
      if (opened === undefined) this.#open.set(slot, url);
      else opened(url);
    } else if (attached.test(line) && !this.#asked.has(slot)) this.#used.add(slot);
  }

  /** Somebody looks into a worker of this slot with a debugger: it may be standing at a breakpoint. */
  inUse(slot: number): boolean {
    return this.#used.has(slot);
  }

  /** A worker of this slot is being asked, or is about to end after that. */
  asking(slot: number): boolean {
    return this.#asked.has(slot);
  }

  /** What a worker does; an empty stack where that cannot be found out in time. It must be killed afterwards. */
  async ask(worker: Worker, rest: Omit<Order, 'url' | 'pid'>): Promise<Finding> {
    const { slot, record } = worker;
    this.#asked.set(slot, worker);
    try {
      const url = await this.#address(worker);
      return await lookInto({ ...rest, url, pid: record.pid });
    } catch {
      return nothing;
    } finally {
      this.#opened.delete(slot);
    }
  }

  #address(worker: Worker): Promise<string> {
    const known = this.#open.get(worker.slot);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      this.#opened.set(worker.slot, resolve);
      setTimeout(() => reject(new Error('its inspector has not opened')), openMs).unref();
      worker.signal('SIGUSR1');
    });
  }
}

async function lookInto(order: Order): Promise<Finding> {
  const child = spawn(process.execPath, [programPath('inspector')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {}, // NODE_OPTIONS are for others
    timeout: answerMs,
    killSignal: 'SIGKILL',
  });
  const failed = new Promise<never>((_resolve, reject) => child.once('error', reject));
  child.stdin.on('error', () => {});
  child.stdin.end(JSON.stringify(order));
  return JSON.parse(await Promise.race([text(child.stdout), failed])) as Finding;
}

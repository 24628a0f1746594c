import { once } from 'node:events';
import net from 'node:net';
import { createInterface } from 'node:readline';
import type { Mode } from './case.ts';

/** What the app saw of one request, as `app.cjs` tells it. */
export interface Saw {
  /** The id of the run, a dot, and the number of the request. */
  id: string;
  event: string;
  method: string;
  url: string;
  httpVersion: string;
  rawHeaders: string[];
  remoteAddress?: string;
  remoteFamily?: string;
  localAddress?: string;
  encrypted: boolean;
  aborted: boolean;
  body?: string;
  complete?: boolean;
  trailers?: string[];
  head?: string;
  /** Which process. */
  pid: number;
}

/** A process of the app that tells what it sees. */
interface Witness {
  stand: string;
  pid: number;
  socket: net.Socket;
}

type Message =
  | { pid: number; stand: string }
  | { saw: Omit<Saw, 'pid'> }
  | { settled: string }
  | { mode: Mode }
  | { uncaught: string };

/** An exception that would have ended a process of the app. */
export interface Death {
  stand: string;
  pid: number;
  reason: string;
}

/** Every process answers by then. */
const patienceMs = 60_000;
/** What has come to a worker reaches the app sooner, even if it was handed on. */
const comeMs = 2_000;
/** No app takes that long to see that a client has gone. */
const settleMs = 10_000;

/** Hears from all processes of the fixture app what they see. */
export class Observer {
  readonly path: string;
  readonly deaths: Death[] = [];
  readonly #server: net.Server;
  readonly #witnesses = new Set<Witness>();
  /** Requests that came to an app when all seemed to be over, by the labels of their runs. */
  readonly late: string[] = [];
  readonly #over = new Map<string, string>();
  readonly #seen = new Map<string, Saw[]>();
  /** Those that wait for something, asked again at each message. */
  readonly #waiting = new Set<() => void>();
  readonly #mourners = new Set<(death: Death) => void>();
  readonly #settled = new Map<number, Set<string>>();
  readonly #modes = new Map<number, Mode>();

  private constructor(path: string) {
    this.path = path;
    this.#server = net.createServer((socket) => this.#welcome(socket));
  }

  static async listen(path: string): Promise<Observer> {
    const observer = new Observer(path);
    observer.#server.listen(path);
    await once(observer.#server, 'listening');
    return observer;
  }

  /** Removes the socket file, too. */
  close(): void {
    for (const { socket } of this.#witnesses) socket.destroy();
    this.#server.close();
  }

  processes(stand: string): number[] {
    return this.#of(stand).map(({ pid }) => pid);
  }

  /** Resolves when a stand has so many processes. */
  async present(stand: string, amount: number): Promise<void> {
    const come = await this.#until(patienceMs, () => this.#of(stand).length === amount);
    if (!come) throw new Error(`${stand} has ${this.#of(stand).length} processes and not ${amount}`);
  }

  /** Sets the servers of all processes to a mode. */
  async setMode(mode: Mode): Promise<void> {
    // What a process said of itself before it was asked: its server would be set anew in the middle of a case.
    this.#modes.clear();
    for (const { socket } of this.#witnesses) socket.write(`${JSON.stringify({ mode })}\n`);
    const isSet = (): boolean => [...this.#witnesses].every(({ pid }) => this.#modes.get(pid) === mode);
    if (!(await this.#until(patienceMs, isSet))) throw new Error(`not all processes are set to ${mode}`);
  }

  /**
   * What a stand saw of a run: when `awaited` have come, by their numbers, and none is open. Not just so many: the one that
   * another worker gets may come to the app after those behind it.
   */
  async settled(
    stand: string,
    id: string,
    awaited: readonly string[],
  ): Promise<{ seen: Saw[]; open: boolean }> {
    const witnesses = this.#of(stand);
    await this.#until(comeMs, () =>
      awaited.every((number) => this.seen(id).some((saw) => saw.id === `${id}.${number}`)),
    );
    for (const { socket, pid } of witnesses) {
      if (!this.#settled.has(pid)) this.#settled.set(pid, new Set());
      this.#settled.get(pid)!.delete(id);
      socket.write(`${JSON.stringify({ settle: id })}\n`);
    }
    const quiet = await this.#until(settleMs, () =>
      witnesses.every(({ pid }) => this.#settled.get(pid)!.has(id)),
    );
    for (const { pid } of witnesses) this.#settled.get(pid)!.delete(id);
    return { seen: this.seen(id), open: !quiet };
  }

  /** Calls `then` at each death in a stand, until what this returns is called. */
  onDeath(stand: string, then: () => void): () => void {
    const mourner = (death: Death): void => {
      if (death.stand === stand) then();
    };
    this.#mourners.add(mourner);
    return () => void this.#mourners.delete(mourner);
  }

  /** What has been seen of a run until now. */
  seen(id: string): Saw[] {
    return this.#seen.get(id) ?? [];
  }

  /** Nothing more may come of a run; `label` says of which case, if something does. Without one it is chance what still comes. */
  over(id: string, label: string | undefined): void {
    this.#seen.delete(id);
    if (label !== undefined) this.#over.set(id, label);
  }

  #of(stand: string): Witness[] {
    return [...this.#witnesses].filter((witness) => witness.stand === stand);
  }

  #welcome(socket: net.Socket): void {
    const witness: Witness = { stand: '', pid: 0, socket };
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#witnesses.delete(witness);
      this.#tell();
    });
    const lines = createInterface(socket).on('error', () => {}); // it dies with its process
    lines.on('line', (line) => {
      this.#hear(witness, JSON.parse(line) as Message);
      this.#tell();
    });
  }

  #hear(witness: Witness, message: Message): void {
    const { pid, stand } = witness;
    if ('stand' in message) {
      Object.assign(witness, message);
      this.#witnesses.add(witness);
    } else if ('saw' in message) {
      const [id] = message.saw.id.split('.');
      const label = this.#over.get(id!);
      if (label !== undefined && stand !== 'bare')
        this.late.push(`${label}: ${message.saw.method} ${message.saw.url}`);
      const seen = this.#seen.get(id!) ?? [];
      seen.push({ ...message.saw, pid });
      this.#seen.set(id!, seen);
    } else if ('settled' in message) this.#settled.get(pid)?.add(message.settled);
    else if ('mode' in message) this.#modes.set(pid, message.mode);
    else {
      const death = { stand, pid, reason: message.uncaught };
      this.deaths.push(death);
      for (const mourner of this.#mourners) mourner(death);
    }
  }

  /** False when it has not become true in `ms`. */
  #until(ms: number, look: () => boolean): Promise<boolean> {
    if (look()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const done = (value: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(heard);
        resolve(value);
      };
      const heard = (): void => {
        if (look()) done(true);
      };
      const timer = setTimeout(() => done(false), ms);
      this.#waiting.add(heard);
    });
  }

  #tell(): void {
    for (const heard of this.#waiting) heard();
  }
}

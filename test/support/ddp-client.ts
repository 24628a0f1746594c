import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { PerMessageDeflateOptions } from 'ws';
import { CookieJar, visit } from './cookie-jar.ts';
import { openSocket, type TextSocket, type Transport } from './ddp-socket.ts';

export { transports, type Transport } from './ddp-socket.ts';

/** Milliseconds, on a machine that is busy. */
const patience = 60_000;

export interface DdpErrorFields {
  error?: unknown;
  reason?: string;
  message?: string;
}

/** A DDP message as it came; `msg` names its kind, and each kind has some of the fields. */
export interface DdpMessage {
  msg: string;
  id?: string;
  session?: string;
  version?: string;
  subs?: string[];
  methods?: string[];
  result?: unknown;
  error?: DdpErrorFields;
  collection?: string;
  fields?: Record<string, unknown>;
  cleared?: string[];
  reason?: string;
  [field: string]: unknown;
}

export interface DdpDocument {
  _id: string;
  [field: string]: unknown;
}

export interface ConnectOptions {
  /** `raw` when not given. */
  transport?: Transport;
  /** true: open the page first and keep its cookies, like a browser. A jar: use that one. false: no cookies. */
  cookies?: boolean | CookieJar;
  /** Further headers of each request. */
  headers?: Record<string, string>;
  /** The session to resume, and how many messages it had received: `client.resumption` of the lost client. */
  session?: string;
  receivedCount?: number;
  /** DDP versions: the one proposed, and all that are supported. */
  version?: string;
  support?: string[];
  /** A UNIX socket instead of the URL's host and port (`raw` only). */
  socketPath?: string | undefined;
  /** A connection that is open already, for the same (`raw` only). */
  socket?: Socket | undefined;
  /** Has the messages compressed (`raw` and `websocket` only). */
  deflate?: PerMessageDeflateOptions | undefined;
  /** Milliseconds until connected, a minute when not given. */
  timeout?: number;
}

export interface Closed {
  code: number;
  reason: string;
}

export interface Subscription {
  id: string;
  /** The documents of all collections that had arrived when the subscription was ready, by collection. */
  documents: Map<string, Map<string, DdpDocument>>;
  stop(): void;
}

/** An error that the server answered a method or a subscription with. */
export class DdpError extends Error {
  readonly error: unknown;

  constructor(wire: DdpErrorFields) {
    super(wire.message ?? wire.reason ?? String(wire.error));
    this.error = wire.error;
  }
}

interface Waiting {
  resolve: (value?: unknown) => void;
  reject: (error: Error) => void;
}

/**
 * One DDP connection; it does not reconnect. Emits `message` for every message of the server (pings too) and
 * `close`. Whatever still waits for an answer when the connection closes is rejected.
 */
export class DdpClient extends EventEmitter<{ message: [DdpMessage]; close: [Closed] }> {
  session = '';
  /** Whether the server continued the session that was asked for. */
  resumed = false;
  /** Messages of this session so far, pings not counted. */
  receivedCount = 0;
  readonly jar: CookieJar | undefined;
  readonly collections = new Map<string, Map<string, DdpDocument>>();
  /** Settles once the connection is gone; never rejects. */
  readonly closed: Promise<Closed>;
  readonly #socket: TextSocket;
  readonly #waiting = new Map<string, Waiting>();
  readonly #connected: Promise<unknown>;
  #nextId = 1;
  #gone: Closed | undefined;

  constructor(url: string, options: ConnectOptions, jar: CookieJar | undefined) {
    super();
    this.jar = jar;
    this.receivedCount = options.receivedCount ?? 0;
    this.#connected = this.#answerTo('connect');
    this.closed = new Promise((resolve) => this.once('close', resolve));
    const { transport = 'raw', headers = {}, timeout = patience, socketPath, socket, deflate } = options;
    this.#socket = openSocket(
      url.replace(/\/$/, ''),
      { transport, jar, headers, timeout, socketPath, socket, deflate },
      {
        open: () => this.#greet(options),
        text: (text) => this.#receive(JSON.parse(text), options),
        close: (code, reason) => this.#close({ code, reason }),
      },
    );
  }

  /** What `connect` needs to resume this session. */
  get resumption(): { session: string; receivedCount: number } {
    return { session: this.session, receivedCount: this.receivedCount };
  }

  /** Settles when the server has said `connected`; rejects when it does not in time. */
  async connected(timeout: number): Promise<this> {
    const timer = setTimeout(() => {
      this.#waiting.get('connect')?.reject(new Error(`not connected within ${timeout} ms`));
      this.#socket.close();
    }, timeout);
    try {
      await this.#connected;
    } finally {
      clearTimeout(timer);
    }
    return this;
  }

  /** Calls a method; rejects with a DdpError, or when the connection closes before the result. */
  call<Result = unknown>(method: string, ...params: unknown[]): Promise<Result> {
    const id = String(this.#nextId++);
    const answer = this.#answerTo(`method ${id}`);
    this.send({ msg: 'method', id, method, params });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the caller knows what the method answers
    return answer as Promise<Result>;
  }

  /** Subscribes; resolves when the server says `ready`. */
  async subscribe(name: string, ...params: unknown[]): Promise<Subscription> {
    const id = String(this.#nextId++);
    const ready = this.#answerTo(`sub ${id}`);
    this.send({ msg: 'sub', id, name, params });
    await ready;
    const documents = new Map([...this.collections].map(([collection, docs]) => [collection, new Map(docs)]));
    return { id, documents, stop: () => this.send({ msg: 'unsub', id }) };
  }

  /** Resolves with the next message for which `test` holds; rejects when the connection closes before. */
  next(test: (message: DdpMessage) => boolean): Promise<DdpMessage> {
    return new Promise((resolve, reject) => {
      const onMessage = (message: DdpMessage) => {
        if (!test(message)) return;
        this.off('message', onMessage);
        this.off('close', onClose);
        resolve(message);
      };
      const onClose = (closed: Closed) => {
        this.off('message', onMessage);
        reject(closedError(closed));
      };
      this.on('message', onMessage);
      this.once('close', onClose);
    });
  }

  send(message: DdpMessage): void {
    this.#socket.send(JSON.stringify(message));
  }

  close(): Promise<Closed> {
    this.#socket.close();
    return this.closed;
  }

  /** Loses the connection without a word, as a network that goes away (`raw` and `websocket` only). */
  drop(): Promise<Closed> {
    this.#socket.drop();
    return this.closed;
  }

  #answerTo(key: string): Promise<unknown> {
    const answer = new Promise((resolve, reject) => {
      if (this.#gone) reject(closedError(this.#gone));
      else this.#waiting.set(key, { resolve, reject });
    });
    // The caller sees the rejection too; this keeps one that nobody awaits yet from ending the process.
    answer.catch(() => undefined);
    return answer;
  }

  #settle(key: string, settle: (waiting: Waiting) => void): void {
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    if (waiting) settle(waiting);
  }

  #greet({ version = '1', support = ['1', 'pre2', 'pre1'], session, receivedCount }: ConnectOptions): void {
    this.send({
      msg: 'connect',
      version,
      support,
      ...(session === undefined ? {} : { session }),
      ...(receivedCount === undefined ? {} : { receivedCount }),
    });
  }

  #receive(message: Partial<DdpMessage>, options: ConnectOptions): void {
    // The first line of an old server, {"server_id": "0"}, has no `msg`.
    if (!isDdpMessage(message)) return;
    if (message.msg === 'ping') this.send({ ...message, msg: 'pong' });
    else if (message.msg !== 'pong') this.receivedCount += 1;
    if (message.msg === 'connected') {
      this.session = message.session ?? '';
      this.resumed = this.session === options.session;
      if (!this.resumed) this.receivedCount = 1;
      this.#settle('connect', ({ resolve }) => resolve());
    } else this.#handle(message);
    this.emit('message', message);
  }

  #handle(message: DdpMessage): void {
    const { msg, id, error } = message;
    if (msg === 'result') {
      this.#settle(`method ${id}`, ({ resolve, reject }) =>
        error ? reject(new DdpError(error)) : resolve(message.result),
      );
    } else if (msg === 'ready') {
      for (const sub of message.subs ?? []) this.#settle(`sub ${sub}`, ({ resolve }) => resolve());
    } else if (msg === 'nosub') {
      const reason = error ?? { message: `subscription ${id} was stopped` };
      this.#settle(`sub ${id}`, ({ reject }) => reject(new DdpError(reason)));
    } else if (msg === 'failed') {
      const reason = new Error(`the server wants DDP version ${message.version}`);
      this.#settle('connect', ({ reject }) => reject(reason));
    } else this.#store(message);
  }

  #store({ msg, collection, id, fields, cleared = [] }: DdpMessage): void {
    if (collection === undefined || id === undefined) return;
    const documents = this.collections.get(collection) ?? new Map<string, DdpDocument>();
    this.collections.set(collection, documents);
    if (msg === 'removed') documents.delete(id);
    else {
      const document: DdpDocument = { ...documents.get(id), ...fields, _id: id };
      for (const field of cleared) delete document[field];
      documents.set(id, document);
    }
  }

  #close(closed: Closed): void {
    this.#gone = closed;
    for (const { reject } of this.#waiting.values()) reject(closedError(closed));
    this.#waiting.clear();
    this.emit('close', closed);
  }
}

function isDdpMessage(message: Partial<DdpMessage>): message is DdpMessage {
  return typeof message.msg === 'string';
}

function closedError({ code, reason }: Closed): Error {
  return new Error(`connection closed: ${code}${reason ? ` ${reason}` : ''}`);
}

/** Connects to the app at `url` (its ROOT_URL). Any failure on the way is a rejection that says what it was. */
export async function connect(url: string, options: ConnectOptions = {}): Promise<DdpClient> {
  const { cookies = false, timeout = patience } = options;
  const jar = cookies === true ? new CookieJar() : cookies || undefined;
  if (cookies === true && jar) await visit(`${url.replace(/\/$/, '')}/`, jar);
  return new DdpClient(url, options, jar).connected(timeout);
}

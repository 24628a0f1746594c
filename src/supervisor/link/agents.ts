import { chmod, chown, rm } from 'node:fs/promises';
import net from 'node:net';
import type { Account } from '../../bundle/account/account.ts';
import { Intake } from '../workers/intake.ts';
import { readLines } from '../../protocol/lines.ts';
import { agentMessages, farewell, protocolVersion, type AgentMessage } from '../../protocol/messages.ts';
import { parseMessage } from '../../protocol/shape.ts';
import type { Hello, Introduction, Worker } from '../workers/worker.ts';

/** All but the first line of a connection. */
export type Message = Exclude<AgentMessage, { type: Introduction['type'] }>;

export interface AgentEvents {
  /** The worker that a first line comes from, if its token is right. */
  find(first: Introduction): Worker | undefined;
  hello(worker: Worker, hello: Hello): void;
  /** In the place of `hello`, from an agent of another version. */
  foreigner(worker: Worker): void;
  message(worker: Worker, message: Message): void;
  /** The worker can be talked with, or not any more. */
  linkChanged(): void;
}

/** Who has connected and not said yet who it is; and what they all have said so far, in characters. */
const mostStrangers = 512;
const mostHeard = 32 * 1024 * 1024;

/** What a busy agent says often. The rest changes something: it is told, noted on disk, and worth so many of these. */
const frequent = new Set<AgentMessage['type']>([
  'load',
  'websockets',
  'place',
  'session',
  'forget',
  'taken',
  'refused',
  'measured',
  'addresses',
]);
const linesOfChange = 25;

const introduces = (message: { type: string } | undefined): message is Introduction =>
  message?.type === 'hello' || message?.type === 'outbox';

/** Listens for the agents. A connection belongs to the worker whose token it shows first. */
export async function listenForAgents(
  path: string,
  account: Account | undefined,
  events: AgentEvents,
): Promise<net.Server> {
  await rm(path, { force: true });
  const strangers = new Strangers();
  const server = net.createServer((socket) => {
    strangers.add(socket);
    let receive = (line: string): void => {
      const first = parseMessage(farewell.heard, line);
      const worker = introduces(first) ? events.find(first) : undefined;
      if (worker === undefined || !introduces(first)) {
        socket.destroy();
        return;
      }
      strangers.delete(socket);
      worker.foreign = first.version !== protocolVersion;
      receive = first.type === 'hello' ? () => {} : attachOutbox(worker, socket, events, intake);
      if (first.type === 'hello') attachInbox(worker, socket, line, events);
    };
    const intake = new Intake(socket);
    socket.once('close', () => intake.end()).on('error', () => {});
    const took = (lines: number, characters: number): void => {
      intake.took(lines, characters);
      strangers.heard(socket, characters);
    };
    readLines(socket, (line) => socket.destroyed || receive(line), took);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
  if (account) await chown(path, account.uid, account.gid);
  return server;
}

/** Those who have not said who they are: when they are too many, or say too much, somebody must go. */
class Strangers {
  /** What each has said so far. */
  readonly #heard = new Map<net.Socket, number>();
  #total = 0;

  add(socket: net.Socket): void {
    const [oldest] = this.#heard.keys();
    if (oldest !== undefined && this.#heard.size >= mostStrangers) this.#sendAway(oldest);
    this.#heard.set(socket, 0);
    socket.once('close', () => this.delete(socket));
  }

  heard(socket: net.Socket, characters: number): void {
    const before = this.#heard.get(socket);
    if (before === undefined) return;
    this.#heard.set(socket, before + characters);
    this.#total += characters;
    if (this.#total > mostHeard) this.#sendAway(socket);
  }

  delete(socket: net.Socket): void {
    this.#total -= this.#heard.get(socket) ?? 0;
    this.#heard.delete(socket);
  }

  #sendAway(socket: net.Socket): void {
    socket.destroy();
    this.delete(socket);
  }
}

/** The worker reads from this connection. `line`: its hello. */
function attachInbox(worker: Worker, socket: net.Socket, line: string, events: AgentEvents): void {
  const hello = worker.foreign ? undefined : parseMessage(agentMessages, line);
  if (!worker.foreign && hello?.type !== 'hello') {
    socket.destroy();
    return;
  }
  worker.inbox = socket;
  socket.on('close', () => (worker.inbox = undefined));
  if (hello?.type === 'hello') events.hello(worker, hello);
  else events.foreigner(worker);
}

/** The worker writes to this connection, and nothing is ever written back; returns what reads it. */
function attachOutbox(
  worker: Worker,
  socket: net.Socket,
  events: AgentEvents,
  intake: Intake,
): (line: string) => void {
  worker.outbox = socket;
  worker.awaited = false;
  socket.on('close', () => {
    worker.outbox = undefined;
    events.linkChanged();
  });
  events.linkChanged();
  return (line) => {
    const message = worker.foreign ? translated(worker, line) : parseMessage(agentMessages, line);
    if (message === undefined || introduces(message)) return;
    if (!frequent.has(message.type)) intake.took(linesOfChange, 0);
    events.message(worker, message);
  };
}

/** What an agent of another version says, as far as that means the same in every version. */
function translated({ load }: Worker, line: string): Message | undefined {
  const message = parseMessage(farewell.heard, line);
  if (message?.type === 'load') return { ...load, type: 'load', goodbyes: message.goodbyes };
  if (message?.type !== 'drained') return undefined;
  return { ...message, handedOver: undefined, reconnected: undefined };
}

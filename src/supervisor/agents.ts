import { chmod, chown, rm } from 'node:fs/promises';
import net from 'node:net';
import type { Account } from '../bundle/account.ts';
import { readLines } from '../protocol/lines.ts';
import { agentMessages, farewell, protocolVersion, type AgentMessage } from '../protocol/messages.ts';
import { parseMessage } from '../protocol/shape.ts';
import type { Hello, Introduction, Worker } from './worker.ts';

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

const introduces = (message: { type: string } | undefined): message is Introduction =>
  message?.type === 'hello' || message?.type === 'outbox';

/** Listens for the agents. A connection belongs to the worker whose token it shows first. */
export async function listenForAgents(
  path: string,
  account: Account | undefined,
  events: AgentEvents,
): Promise<net.Server> {
  await rm(path, { force: true });
  const server = net.createServer((socket) => {
    let receive = (line: string): void => {
      const first = parseMessage(farewell.heard, line);
      const worker = introduces(first) ? events.find(first) : undefined;
      if (worker === undefined || !introduces(first)) {
        socket.destroy();
        return;
      }
      worker.foreign = first.version !== protocolVersion;
      receive = first.type === 'hello' ? () => {} : attachOutbox(worker, socket, events);
      if (first.type === 'hello') attachInbox(worker, socket, line, events);
    };
    readLines(socket, (line) => receive(line));
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
  if (account) await chown(path, account.uid, account.gid);
  return server;
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
function attachOutbox(worker: Worker, socket: net.Socket, events: AgentEvents): (line: string) => void {
  worker.outbox = socket;
  worker.awaited = false;
  socket.on('close', () => {
    worker.outbox = undefined;
    events.linkChanged();
  });
  events.linkChanged();
  return (line) => {
    const message = worker.foreign ? translated(worker, line) : parseMessage(agentMessages, line);
    if (message !== undefined && !introduces(message)) events.message(worker, message);
  };
}

/** What an agent of another version says, as far as that means the same in every version. */
function translated({ load }: Worker, line: string): Message | undefined {
  const message = parseMessage(farewell.heard, line);
  if (message?.type === 'load') return { ...load, type: 'load', goodbyes: message.goodbyes };
  return message?.type === 'drained' ? message : undefined;
}

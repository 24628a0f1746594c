import { chmod, chown, rm } from 'node:fs/promises';
import net from 'node:net';
import type { Account } from '../bundle/account.ts';
import { readLines } from '../protocol/lines.ts';
import { agentMessages, protocolVersion, type AgentMessage } from '../protocol/messages.ts';
import { parseMessage } from '../protocol/shape.ts';
import type { Hello, Introduction, Worker } from './worker.ts';

export interface AgentEvents {
  /** The worker that a first line comes from, if its token is right. */
  find(first: Introduction): Worker | undefined;
  hello(worker: Worker, hello: Hello): void;
  message(worker: Worker, message: Exclude<AgentMessage, Introduction>): void;
  /** The worker can be talked with, or not any more. */
  linkChanged(): void;
}

const introduces = (message: AgentMessage | undefined): message is Introduction =>
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
      const first = parseMessage(agentMessages, line);
      const worker = introduces(first) && first.version === protocolVersion ? events.find(first) : undefined;
      if (worker === undefined) socket.destroy();
      else if (first?.type === 'hello') {
        receive = () => {};
        attachInbox(worker, socket, first, events);
      } else receive = attachOutbox(worker, socket, events);
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

/** The worker reads from this connection. */
function attachInbox(worker: Worker, socket: net.Socket, hello: Hello, events: AgentEvents): void {
  worker.inbox = socket;
  socket.on('close', () => (worker.inbox = undefined));
  events.hello(worker, hello);
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
    const message = parseMessage(agentMessages, line);
    if (message !== undefined && !introduces(message)) events.message(worker, message);
  };
}

import { chmod, chown, rm } from 'node:fs/promises';
import net from 'node:net';
import type { Account } from '../bundle/account.ts';
import { readLines } from '../protocol/lines.ts';
import { agentMessages, protocolVersion, type AgentMessage } from '../protocol/messages.ts';
import { parseMessage } from '../protocol/shape.ts';
import type { Hello, Worker } from './worker.ts';

export interface AgentEvents {
  /** The worker that a hello comes from, if its token is right. */
  find(hello: Hello): Worker | undefined;
  hello(worker: Worker, hello: Hello): void;
  message(worker: Worker, message: Exclude<AgentMessage, Hello>): void;
  /** All that the worker said has been read. */
  closed(worker: Worker): void;
}

/** Listens for the agents. A connection belongs to the worker whose token it shows first. */
export async function listenForAgents(
  path: string,
  account: Account | undefined,
  events: AgentEvents,
): Promise<net.Server> {
  await rm(path, { force: true });
  const server = net.createServer((socket) => {
    let worker: Worker | undefined;
    readLines(socket, (line) => {
      const message = parseMessage(agentMessages, line);
      if (worker !== undefined) {
        if (message !== undefined && message.type !== 'hello') events.message(worker, message);
        return;
      }
      worker =
        message?.type === 'hello' && message.version === protocolVersion ? events.find(message) : undefined;
      if (worker === undefined) {
        socket.destroy();
        return;
      }
      worker.link = socket;
      events.hello(worker, message as Hello);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (worker === undefined) return;
      worker.link = undefined;
      events.closed(worker);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
  if (account) await chown(path, account.uid, account.gid);
  return server;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePort, startRadiant, type RunningApp } from '../support/radiant.ts';

const script = fileURLToPath(new URL('../fixtures/contract/app.cjs', import.meta.url));

/** One process of the contract app, bare or under Radiant. */
export interface ContractApp {
  port: number;
  pid: number;
  /** Undefined for the bare app. */
  radiant: RunningApp | undefined;
  /** Has the app do one of its actions and gives what that answers. */
  act<T>(action: string, ...args: unknown[]): Promise<T>;
  /** Ends the channel to the bare app, which an app that is started from a shell has not. */
  disconnect(): void;
  /** Watches from now on how the process ends by itself. */
  watchEnd(): Promise<{ how: Promise<string> }>;
  stop(): Promise<void>;
}

type Reply = { id: number; result: unknown; error?: string };

/** The other end of the app's control socket. */
async function controller(path: string): Promise<{ act: ContractApp['act']; hangUp: () => void }> {
  const socket = net.connect(path);
  await once(socket, 'connect');
  const waiting = new Map<number, (reply: Reply) => void>();
  createInterface({ input: socket }).on('line', (line) => {
    const reply = JSON.parse(line) as Reply;
    waiting.get(reply.id)?.(reply);
    waiting.delete(reply.id);
  });
  socket.on('close', () => {
    for (const [id, settle] of waiting) settle({ id, result: null, error: 'the app has ended' });
  });
  socket.on('error', () => {});
  let next = 1;
  return {
    hangUp: () => socket.destroy(),
    act: async <T>(action: string, ...args: unknown[]) => {
      if (socket.destroyed) throw new Error('the app has ended');
      const id = next++;
      const { promise, resolve } = Promise.withResolvers<Reply>();
      waiting.set(id, resolve);
      socket.write(`${JSON.stringify({ id, action, args })}\n`);
      const reply = await promise;
      if (reply.error !== undefined) throw new Error(reply.error);
      return reply.result as T;
    },
  };
}

async function control(base: string): Promise<{ pid: number; act: ContractApp['act']; hangUp: () => void }> {
  const pid = Number(await readFile(`${base}.pid`, 'utf8'));
  return { pid, ...(await controller(`${base}.${pid}`)) };
}

export async function startBare(node: string): Promise<ContractApp> {
  const folder = await mkdtemp(join(tmpdir(), 'contract-'));
  const base = join(folder, 'control');
  const port = await freePort();
  const child = spawn(node, [script], {
    env: { ...process.env, PORT: String(port), CONTRACT_CONTROL: base },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  // As pm2 and others do; the app may send and must not be held by the channel.
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  await once(createInterface({ input: child.stdout! }), 'line');
  const { pid, act, hangUp } = await control(base);
  return {
    port,
    pid,
    radiant: undefined,
    act,
    disconnect: () => child.disconnect(),
    watchEnd: async () => ({
      how: exited.then(([code, signal]) => (signal === null ? `exited with code ${code}` : signal)),
    }),
    stop: async () => {
      hangUp();
      child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true });
    },
  };
}

export async function startUnderRadiant(node: string): Promise<ContractApp> {
  const folder = await mkdtemp(join(tmpdir(), 'contract-'));
  const base = join(folder, 'control');
  const radiant = await startRadiant({
    app: script,
    workers: 1,
    args: ['--node', node],
    env: { CONTRACT_CONTROL: base },
  });
  const { pid, act, hangUp } = await control(base);
  return {
    port: radiant.port,
    pid,
    radiant,
    act,
    disconnect: () => {},
    watchEnd: async () => {
      const { seen } = await radiant.event((event) => event.type === 'exit' && event.pid === pid);
      return { how: seen.then((event) => (event.type === 'exit' ? event.reason : '')) };
    },
    stop: async () => {
      hangUp();
      await radiant.stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** A connection whose received text grows; `finished` resolves when it is gone. */
export interface Client {
  socket: net.Socket;
  text: () => string;
  /** Resolves when `text` matches; rejects when the connection goes before it does. */
  received(pattern: RegExp): Promise<void>;
  finished: Promise<string>;
}

export function connect(port: number, options: Partial<net.TcpNetConnectOpts> = {}): Client {
  const socket = net.connect({ host: '127.0.0.1', port, ...options });
  let text = '';
  let look: (() => void) | undefined;
  let gone = false;
  let failure = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
    look?.();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => (failure = error.code ?? error.message));
  const finished = new Promise<string>((resolve) => {
    socket.on('close', () => {
      gone = true;
      look?.();
      resolve(failure || 'closed');
    });
  });
  const received = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      look = () => {
        if (pattern.test(text)) resolve();
        else if (gone) reject(new Error(`the connection closed (${failure}) after: ${text}`));
      };
      look();
    });
  return { socket, text: () => text, received, finished };
}

/** A request on a connection that stays open. */
export const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: app\r\n\r\n`;

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kill, treeOf } from './process-tree.ts';

const politeMs = 5_000;
const lastCallMs = 10_000;

export interface Command {
  program: string;
  args: string[];
  cwd?: string;
  env?: Record<string, string>;
  /** What the command prints when it can be used; without it, it is usable once `port` answers. */
  ready: RegExp | { port: number };
}

/** Starts what a benchmark needs and leaves nothing behind: no process, no file. */
export class Lab {
  readonly #children = new Set<ChildProcess>();
  readonly #folders = new Set<string>();
  #closed = false;

  get closed(): boolean {
    return this.#closed;
  }

  /** Resolves with the process id when the command is ready. Errors: it ended before, with what it printed. */
  async start({ program, args, cwd, env, ready }: Command): Promise<number> {
    if (this.#closed) throw new Error('the benchmark is being stopped');
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.add(child);
    let output = '';
    const { promise: heard, resolve, reject } = Promise.withResolvers<void>();
    const onText = (text: string): void => {
      // Kept short: an app may go on printing for as long as it runs.
      output = `${output}${text}`.slice(-10_000);
      if (ready instanceof RegExp && ready.test(output)) resolve();
    };
    child.stdout.setEncoding('utf8').on('data', onText);
    child.stderr.setEncoding('utf8').on('data', onText);
    child.once('error', (error) => reject(error));
    child.once('close', () => {
      this.#children.delete(child);
      reject(new Error(`${program} ${args.join(' ')} ended before it was ready:\n${output}`));
    });
    if (!(ready instanceof RegExp)) void answering(ready.port, () => child.exitCode !== null).then(resolve);
    await heard;
    return child.pid!;
  }

  async folder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'rad-'));
    this.#folders.add(folder);
    return folder;
  }

  /** Ends what was started so far, gracefully, and by force what does not end in time. */
  async clear(): Promise<void> {
    await Promise.all([...this.#children].map(stop));
    await Promise.all([...this.#folders].map((folder) => rm(folder, { recursive: true, force: true })));
    this.#folders.clear();
  }

  /** As `clear`, for good. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.clear();
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  const tree = treeOf([child.pid]);
  if (child.exitCode === null && child.signalCode === null) {
    const closed = once(child, 'close');
    child.kill('SIGTERM');
    const again = setTimeout(() => child.kill('SIGTERM'), politeMs);
    const force = setTimeout(() => child.kill('SIGKILL'), lastCallMs);
    await closed;
    clearTimeout(again);
    clearTimeout(force);
  }
  for (const member of tree) kill(member);
}

/** Resolves when something listens on the port, or when `over` says that it never will. */
async function answering(port: number, over: () => boolean): Promise<void> {
  while (!over()) {
    const socket = net.connect({ host: '127.0.0.1', port });
    const connected = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

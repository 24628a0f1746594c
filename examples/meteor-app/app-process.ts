import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export interface AppProcess {
  child: ChildProcess;
  pid: number;
  /** Everything the process has printed so far, both streams. */
  output(): string;
  /** Resolves once a line matches, whether it came before or comes yet; rejects when the process ends without. */
  line(pattern: RegExp): Promise<string>;
  /** Resolves when the process has ended: its exit code, or the signal that killed it. */
  ended: Promise<number | NodeJS.Signals>;
}

/** Starts `node main.js` of a bundle, without Radiant; it is killed when the test ends, if it still runs. */
export function runApp(t: TestContext, bundle: string, env: Record<string, string>): AppProcess {
  const child = spawn(process.execPath, ['main.js'], {
    cwd: bundle,
    env: { PATH: process.env['PATH'], METEOR_PRINT_ON_LISTEN: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const listeners = new Set<(line: string) => void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      for (const listener of listeners) listener(line);
    });
  }
  // `close`, not `exit`: by then the last lines are here.
  const ended = once(child, 'close').then(([code, signal]) => signal ?? code);
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const output = () => lines.join('\n');
  const line = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const known = lines.find((each) => pattern.test(each));
      if (known !== undefined) resolve(known);
      listeners.add((each) => pattern.test(each) && resolve(each));
      void ended.then((how) => reject(new Error(`ended (${how}) before ${pattern}:\n${output()}`)));
    });
  return { child, pid: child.pid ?? 0, output, line, ended };
}

export interface Started {
  app: AppProcess;
  url: string;
  port: number;
}

/** Starts a bundle on a free port of 127.0.0.1; resolves when it listens. */
export async function startApp(
  t: TestContext,
  bundle: string,
  env: Record<string, string> = {},
  prefix = '',
): Promise<Started> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}${prefix}`;
  const app = runApp(t, bundle, { PORT: String(port), BIND_IP: '127.0.0.1', ROOT_URL: url, ...env });
  await app.line(/^LISTENING$/);
  return { app, url, port };
}

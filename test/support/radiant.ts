import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectControl, type Control } from '../../src/control/client.ts';
import type { FleetEvent } from '../../src/running/events.ts';
import type { Status } from '../../src/running/status.ts';
import { programPath } from '../../src/installation.ts';
import { freePort } from './free-port.ts';

export { freePort, freePorts } from './free-port.ts';

const cli = programPath('cli');

export interface RunOptions {
  /** What to run: the path for `radiant start`. */
  app: string;
  /** Further arguments: `['--affinity', 'session']`. */
  args?: string[];
  env?: Record<string, string>;
  /** null: as a configuration file says. */
  workers?: number | null;
  /** `app`, unless it is to be seen. */
  name?: string;
  /** Resolve when the command runs, not when the app is ready. */
  early?: boolean;
  /** Where one ran before that was killed. */
  at?: Pick<RunningApp, 'home' | 'port'>;
  /** systemd's own program listens, and hands its socket over. */
  activated?: boolean;
  /** A descriptor that listens on its port, handed over as systemd does: it outlives this start. */
  inherits?: number;
}

/** A `radiant start` in the foreground, with a home of its own. */
export interface RunningApp {
  readonly name: string;
  readonly port: number;
  /** `http://127.0.0.1:<port>`, with `https` when the arguments name a certificate. */
  readonly url: string;
  readonly home: string;
  readonly process: ChildProcess;
  readonly control: Control;
  /** Everything the command has printed. */
  output(): string;
  status(): Promise<Status>;
  /** Resolves when the command has printed something that matches. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** Watches events from the moment that this resolves; `seen` is the first one that `test` accepts. */
  event(test: (event: FleetEvent) => boolean): Promise<{ seen: Promise<FleetEvent> }>;
  /** Stops the app, waits for its end, removes its folder. Returns the exit code. Rejects when it hangs. */
  stop(): Promise<number | null>;
}

/** Workers that empty tell their clients to connect anew, as all those must whose sessions cannot be handed over. */
export const reconnecting = ['--hand-over', 'false'];

/** An app that has not stopped by then hangs: what it has said tells more than the end of the test's time. */
const stopMs = 90_000;

/** Those that a test which failed did not stop go with the file's process, or they would load the machine for good. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGTERM');
});

/** The command line of `radiant start`, its program first. */
export const startLine = (app: string, name: string, ...args: readonly string[]): string[] => [
  process.execPath,
  cli,
  'start',
  app,
  '--name',
  name,
  ...args,
];

/** Starts an app under Radiant and resolves when all its workers are ready. */
export async function startRadiant(options: RunOptions): Promise<RunningApp> {
  const home = options.at?.home ?? (await mkdtemp(join(tmpdir(), 'rad-')));
  const port = options.at?.port ?? (await freePort());
  const { name = 'app', workers = 2 } = options;
  const args = [...(workers ? ['--workers', String(workers)] : []), ...(options.args ?? [])];
  const command = startLine(options.app, name, '--port', String(port), ...args);
  const env = { ...process.env, NO_COLOR: '1', RADIANT_HOME: home, ...options.env };
  const [program, ...rest] = launched(options, port, command, Object.keys(env));
  const given = options.inherits === undefined ? [] : [options.inherits];
  const child = spawn(program!, rest, { env, stdio: ['ignore', 'pipe', 'pipe', ...given] });
  let output = '';
  const heard = new Set<() => void>();
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const listener of heard) listener();
    });
  }
  running.add(child);
  child.once('exit', () => running.delete(child));
  const closed = once(child, 'close') as Promise<[number | null]>;
  const control = connectControl(join(home, 'run', name, 'control.sock'));
  const app: RunningApp = {
    name,
    port,
    url: `${options.args?.includes('--tls-cert') ? 'https' : 'http'}://127.0.0.1:${port}`,
    home,
    process: child,
    control,
    output: () => output,
    status: () => control.status({}),
    printed: (pattern) => matching(pattern, () => output, heard, closed),
    event: async (test) => {
      const { promise, resolve } = Promise.withResolvers<FleetEvent>();
      const events = await control.events((event) => {
        if (test(event)) resolve(event);
      });
      void promise.then(() => events.close());
      return { seen: promise };
    },
    stop: async () => {
      child.kill('SIGTERM');
      let hung = false;
      const timer = setTimeout(() => (hung = child.kill('SIGKILL')), stopMs);
      const [code] = await closed;
      clearTimeout(timer);
      if (hung) throw new Error(`${name} has not stopped for ${stopMs / 1000} s:\n${output}`);
      await rm(home, { recursive: true, force: true, maxRetries: 10 }); // somebody may still write there
      return code;
    },
  };
  return untilReady(app, options);
}

/** What does not come up leaves nothing behind. */
async function untilReady(app: RunningApp, { activated, early }: RunOptions): Promise<RunningApp> {
  try {
    if (activated) {
      await app.printed(/Listening on /);
      void fetch(app.url).catch(() => {}); // whoever comes first has it started
    }
    if (!early) await app.printed(/ is ready at /);
  } catch (error) {
    await app.stop();
    throw error;
  }
  return app;
}

/** The command line, with what stands before it where a socket is handed over. */
function launched(
  { activated, inherits }: RunOptions,
  port: number,
  command: readonly string[],
  variables: readonly string[],
): readonly string[] {
  const listen = ['--host', '127.0.0.1'];
  if (inherits !== undefined) {
    return ['/bin/sh', '-c', 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', 'sh', ...command, ...listen];
  }
  if (!activated) return command;
  // It starts its command with no more of the environment than it is told.
  const passed = variables.flatMap((name) => ['--setenv', name]);
  return ['systemd-socket-activate', '--listen', `127.0.0.1:${port}`, ...passed, ...command, ...listen];
}

function matching(
  pattern: RegExp,
  output: () => string,
  heard: Set<() => void>,
  closed: Promise<unknown>,
): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const match = pattern.exec(output());
      if (match === null) return;
      heard.delete(look);
      resolve(match);
    };
    heard.add(look);
    void closed.then(() => reject(new Error(`ended without printing ${pattern}:\n${output()}`)));
    look();
  });
}

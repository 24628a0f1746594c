import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { eventually } from './eventually.ts';
import { prepareProxy, proxyPath, type Proxy } from './proxies.ts';
import { freePort, type RunningApp } from './radiant.ts';

export interface RunningProxy {
  port: number;
  url: string;
  /** The process that would be told to reload. */
  pid: number;
  /** nginx's own log. */
  errors(): Promise<string>;
}

/** Starts the real program in front of an app, until the test ends. `flags` are further ones of `radiant export`. */
export async function startProxy(
  t: TestContext,
  proxy: Proxy,
  app: RunningApp,
  more: { port?: number; flags?: string[] } = {},
): Promise<RunningProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'rad-'));
  const port = more.port ?? (await freePort());
  const args = prepareProxy(proxy, {
    home: app.home,
    name: app.name,
    port,
    folder,
    ...(more.flags && { flags: more.flags }),
  });
  const env = { ...process.env, PATH: proxyPath };
  const child = spawn('/bin/sh', ['-c', `exec ${proxy.name} "$@"`, proxy.name, ...args], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  t.after(async () => {
    if (child.exitCode === null) {
      child.kill('SIGTERM'); // nginx's own processes end with it only if it may tell them
      await once(child, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  });
  await eventually(`${proxy.name} listens`, () => {
    if (child.exitCode !== null) throw new Error(`${proxy.name} has ended:\n${said}`);
    return accepts(port);
  });
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    pid: child.pid!,
    errors: () => readFile(join(folder, 'error.log'), 'utf8').catch(() => ''),
  };
}

const accepts = (port: number): Promise<true | undefined> =>
  new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(undefined));
    socket.once('connect', () => socket.destroy());
  });

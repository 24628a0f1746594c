import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { appNodes } from '../fixtures/nodes.ts';
import { freePort, startRadiant } from '../support/radiant.ts';

const app = fileURLToPath(new URL('apps/modules.cjs', import.meta.url));

/**
 * Of what only some apps need. Not `perf_hooks`: how busy its event loop is, each worker tells every second, and nothing else
 * knows.
 */
const heavy = ['crypto', 'http2', 'https', 'tls', 'v8', 'worker_threads', 'zlib'];

interface Answer {
  loaded: string[];
  cookie: string | null;
}

/** A page and a long-poll session whose name is long, as browsers and attackers ask for them. */
async function visit(port: number): Promise<Answer> {
  const page = await fetch(`http://127.0.0.1:${port}/`, { headers: { accept: 'text/html' } });
  await page.text();
  const session = `/sockjs/000/${'s'.repeat(200)}/xhr`;
  const response = await fetch(`http://127.0.0.1:${port}${session}`, { method: 'POST' });
  const list = (await response.json()) as string[];
  const loaded = heavy.filter((name) => list.includes(`NativeModule ${name}`));
  return { loaded, cookie: page.headers.get('set-cookie') };
}

/** What the app loads alone: with an IPC channel, since that takes `v8` until Node 22. */
async function bare(node: string): Promise<string[]> {
  const port = await freePort();
  const child = spawn(node, [app], {
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  try {
    await once(child.stdout!, 'data');
    return (await visit(port)).loaded;
  } finally {
    child.kill('SIGKILL');
  }
}

for (const { version, path: node } of await appNodes()) {
  test(`an app gets none of Node's modules that it does not use: Node ${version}`, async (t) => {
    const running = await startRadiant({ app, workers: 1, args: ['--node', node] });
    t.after(() => running.stop());
    const { loaded, cookie } = await visit(running.port);
    assert.deepEqual(loaded, await bare(node));
    assert.match(cookie ?? 'none', /^radiant-app=1\.1\.[0-9a-f]{12};/);
  });
}

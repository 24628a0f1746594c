import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { create } from 'tar';
import type { NodeContext } from '../../src/node/machine.ts';

/** For tests: a registry on this machine, asked through the real npm, and an empty machine around it. */
export interface FakeRegistry {
  context: NodeContext;
  folder: string;
  /** What Radiant said. */
  steps: string[];
  transfers: string[];
  /** The paths that were asked for. */
  requests: string[];
  /** How the next tarballs are answered. */
  mode: 'serve' | 'refuse direct' | 'corrupt';
  close(): Promise<void>;
}

/** A program that answers every question as `node -v` would. */
export async function fakeNode(path: string, version: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho v${version}\n`);
  await chmod(path, 0o755);
}

export async function fakeRegistry(
  t: TestContext,
  name: string,
  packages: Record<string, (folder: string) => Promise<void>>,
): Promise<FakeRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'radiant-registry-'));
  const tarballs = new Map<string, Buffer>();
  for (const [version, fill] of Object.entries(packages)) {
    tarballs.set(version, await pack(join(folder, 'source', version), name, version, fill));
  }
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    fake.requests.push(path);
    const version = path.split('/-/')[1]?.replace('.tgz', '');
    if (version === undefined) return answer(response, path === `/${name}` ? document() : undefined);
    const isNpm = request.headers['user-agent']?.startsWith('npm') ?? false;
    if (fake.mode === 'refuse direct' && !isNpm) return void response.writeHead(401).end();
    return void response.end(fake.mode === 'corrupt' ? Buffer.from('rubbish') : tarballs.get(version));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const document = () => packument(name, `http://127.0.0.1:${port}`, tarballs);
  const fake: FakeRegistry = {
    ...machine(folder, `http://127.0.0.1:${port}`),
    folder,
    requests: [],
    mode: 'serve',
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  t.after(async () => {
    if (server.listening) await fake.close();
    await rm(folder, { recursive: true });
  });
  return fake;
}

/** A machine without version managers, whose PATH holds npm and the Node that npm needs, and no other. */
function machine(folder: string, registry: string): Pick<FakeRegistry, 'context' | 'steps' | 'transfers'> {
  const steps: string[] = [];
  const transfers: string[] = [];
  const home = (name: string) => join(folder, name);
  const context: NodeContext = {
    homes: { state: home('state'), run: home('run'), cache: home('cache') },
    env: {
      PATH: process.env.PATH,
      HOME: home('user'),
      N_PREFIX: home('n'),
      npm_config_registry: registry,
      npm_config_cache: home('npm-cache'),
    },
    progress: {
      step: (text) => void steps.push(text),
      transfer: (label, done, total) => void transfers.push(`${label} ${done}/${total}`),
    },
    running: { path: '/nowhere/node', version: '1.0.0' },
  };
  return { context, steps, transfers };
}

async function pack(
  folder: string,
  name: string,
  version: string,
  fill: (folder: string) => Promise<void>,
): Promise<Buffer> {
  const inside = join(folder, 'package');
  await mkdir(inside, { recursive: true });
  await writeFile(join(inside, 'package.json'), JSON.stringify({ name, version }));
  await fill(inside);
  const file = join(folder, 'package.tgz');
  await create({ file, cwd: folder, gzip: true }, ['package']);
  return readFile(file);
}

function packument(name: string, base: string, tarballs: Map<string, Buffer>): string {
  const versions = [...tarballs].map(([version, content]) => {
    const integrity = `sha512-${createHash('sha512').update(content).digest('base64')}`;
    const dist = { tarball: `${base}/${name}/-/${version}.tgz`, integrity };
    return [version, { name, version, dist }];
  });
  const latest = [...tarballs.keys()].at(-1);
  return JSON.stringify({ name, 'dist-tags': { latest }, versions: Object.fromEntries(versions) });
}

function answer(response: ServerResponse, body: string | undefined): void {
  response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
  response.end(body ?? '{"error":"not found"}');
}

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { connect, transports } from '../support/ddp-client.ts';
import { eventually } from '../support/eventually.ts';
import { meteorBundle } from '../support/meteor-bundle.ts';
import { haproxy, nginx, proxyPath, type Proxy } from '../support/proxies.ts';
import { freePort, startRadiant } from '../support/radiant.ts';

interface Who {
  pid: number;
  slot: string;
  clientAddress: string | null;
  headers: Record<string, string>;
}

/** Starts the real program before these sockets; resolves with its port. */
async function start(t: TestContext, { name, config, args }: Proxy, sockets: string[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'rad-'));
  const port = await freePort();
  const file = join(folder, `${name}.conf`);
  await writeFile(file, config({ folder, port, sockets }));
  const env = { ...process.env, PATH: proxyPath };
  const child = spawn('/bin/sh', ['-c', `exec ${name} "$@"`, name, ...args(file)], { env, stdio: 'inherit' });
  t.after(async () => {
    child.kill('SIGTERM'); // nginx's own processes end with it only if it may tell them
    await once(child, 'exit');
    await rm(folder, { recursive: true, force: true });
  });
  await eventually(`${name} listens`, () => accepts(port));
  return port;
}

const accepts = (port: number): Promise<true | undefined> =>
  new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(undefined));
    socket.once('connect', () => socket.destroy());
  });

function ask(port: number, agent: http.Agent, headers: Record<string, string>): Promise<Who> {
  return new Promise((resolve, reject) => {
    const request = http.get({ port, host: '127.0.0.1', path: '/api/whoami', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(JSON.parse(text) as Who));
    });
    request.on('error', reject);
  });
}

for (const proxy of [nginx, haproxy]) {
  test(`behind ${proxy.name}, which shares its connections between clients`, async (t) => {
    const bundle = await meteorBundle();
    t.after(bundle.remove);
    const app = await startRadiant({
      app: bundle.path,
      workers: 3,
      args: ['--listen', 'none', '--proxies', '1'],
    });
    t.after(() => app.stop());
    const { workers } = await app.status();
    const port = await start(
      t,
      proxy,
      workers.map(({ socketPath }) => socketPath),
    );

    const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
    t.after(() => agent.destroy());
    const forged = { 'X-Forwarded-For': '203.0.113.66' };
    const asked = Array.from({ length: 90 }, async (_, i) => {
      const slot = String((i % 3) + 1);
      const who = await ask(port, agent, { ...forged, Cookie: `radiant-app=${slot}.1` });
      assert.equal(who.slot, slot, 'each request goes to the worker of its client');
      assert.equal(who.clientAddress, '127.0.0.1');
      assert.equal(who.headers['x-forwarded-for'], '127.0.0.1');
    });
    await Promise.all(asked);

    for (const transport of transports) {
      for (const cookies of [true, false]) {
        const client = await connect(`http://127.0.0.1:${port}`, { transport, cookies });
        assert.equal((await client.call<Who>('whoami')).clientAddress, '127.0.0.1');
        const { documents } = await client.subscribe('burst', 50);
        assert.equal(documents.get('burst')?.size, 50);
        await client.close();
      }
    }
  });
}

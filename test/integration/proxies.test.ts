import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connect, transports } from '../support/ddp-client.ts';
import { meteorBundle } from '../support/meteor-bundle.ts';
import { haproxy, nginx } from '../support/proxies.ts';
import { startRadiant } from '../support/radiant.ts';
import { startProxy } from '../support/running-proxy.ts';

interface Who {
  pid: number;
  slot: string;
  clientAddress: string | null;
  headers: Record<string, string>;
}

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

const nodeApp = fileURLToPath(new URL('../../examples/node-app', import.meta.url));

for (const proxy of [nginx, haproxy]) {
  test(`behind ${proxy.name}, which is known by its address: no client can forge its own`, async (t) => {
    const args = ['--host', '127.0.0.1', '--proxies-from', 'unix'];
    const app = await startRadiant({ app: nodeApp, workers: 2, args });
    t.after(() => app.stop());
    const { port } = await startProxy(t, proxy, app);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });
    t.after(() => agent.destroy());
    const forged = { 'X-Forwarded-For': '203.0.113.66, 198.51.100.7' };
    const throughProxy = await Promise.all(Array.from({ length: 8 }, () => ask(port, agent, forged)));
    assert.deepEqual(
      [...new Set(throughProxy.map(({ headers }) => headers['x-forwarded-for']))],
      ['127.0.0.1'],
    );
    // Past the proxy, by the address where connections wait: nobody vouches for what that client says.
    const past = await ask(app.port, agent, forged);
    assert.equal(past.clientAddress, '127.0.0.1');
    assert.equal(past.headers['x-forwarded-for'], '127.0.0.1');
  });

  test(`behind ${proxy.name}, which shares its connections between clients`, async (t) => {
    const bundle = await meteorBundle();
    const app = await startRadiant({
      app: bundle.path,
      workers: 3,
      args: ['--listen', 'none', '--proxies', '1'],
    });
    t.after(() => app.stop());
    const { port, url } = await startProxy(t, proxy, app);

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
    const sent = randomBytes(3_000_000);
    const upload = await fetch(`${url}/api/upload`, { method: 'POST', body: sent });
    const { length, sha256 } = (await upload.json()) as { length: number; sha256: string };
    assert.deepEqual([length, sha256], [sent.length, createHash('sha256').update(sent).digest('hex')]);

    const web = join(app.home, 'state', app.name, 'web', 'identity');
    const names = (await readdir(web)).filter((name) => name.endsWith('.js'));
    assert.ok(names.length > 0);
    const content = await readFile(join(web, names[0]!));
    for (const coding of ['br', 'gzip', null]) {
      const headers = { 'Accept-Encoding': coding ?? 'br;q=0' };
      const answer = await fetch(`${url}/${names[0]}?meteor_js_resource=true`, { headers });
      assert.deepEqual(Buffer.from(await answer.arrayBuffer()), content);
      if (proxy !== nginx) continue;
      assert.match(answer.headers.get('etag')!, /^"[\da-f]+-[\da-f]+"$/, 'it comes from nginx itself');
      assert.equal(answer.headers.get('content-encoding'), coding);
      assert.equal(answer.headers.get('content-type'), 'application/javascript; charset=utf-8');
      assert.equal(answer.headers.get('cache-control'), 'public, max-age=31536000, immutable');
      assert.equal(answer.headers.get('vary'), 'Accept-Encoding');
    }
  });
}

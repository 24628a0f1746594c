import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import { performance } from 'node:perf_hooks';
import { describe } from 'node:test';
import { nodesInTurn } from '../fixtures/nodes.ts';
import { makeCertificate } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/radiant.ts';
import { testFolder } from '../support/tiny-apps.ts';
import { connect, get } from './contract-app.ts';
import { askAllTheTime, startSteered, states, textOf } from './steered-app.ts';

for (const { version, path, test } of await nodesInTurn()) {
  describe(`PORT is asked for after another server was taken for the app's, on Node ${version}`, () => {
    const node = ['--node', path];

    test('PORT displaces a metrics server that was learned: nobody is refused, nobody gets metrics any more', async (t) => {
      const metrics = await freePorts(3);
      const app = await startSteered(t, [{ name: 'metrics', port: metrics, bySlot: true }], { args: node });
      const { workers } = await app.status();
      assert.deepEqual(await states(app), ['ready', 'ready']);
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      t.after(() => agent.destroy());
      const to = { port: app.port };
      const asking = askAllTheTime({
        fresh: () => textOf(to),
        'kept open': () => textOf({ ...to, agent }),
        'first slot, POST': () =>
          textOf({ ...to, method: 'POST', headers: { cookie: 'radiant-app=1.1' } }, 'x'),
        'second slot': () => textOf({ ...to, headers: { cookie: 'radiant-app=2.1' } }),
        'own socket': () => textOf({ socketPath: workers[0]!.socketPath }),
      });
      t.after(() => asking.stop());
      const { outcomes } = asking;
      const seen = (text: string, since = 0): boolean =>
        ['fresh', 'kept open', 'first slot, POST', 'second slot', 'own socket'].every(
          (way) =>
            outcomes.filter((one) => one.at > since && one.way === way && one.text.startsWith(text)).length >
            20,
        );
      await eventually('each way leads to metrics', () => seen('metrics'));
      const claimed = new Map<string, number>();
      for (const { pid } of workers) {
        // oxlint-disable-next-line no-await-in-loop -- one worker after the other
        await app.act(pid!, 'open', { name: 'main' });
        claimed.set(`metrics ${pid}`, performance.now());
      }
      await eventually('each way leads to the app', () => seen('main', Math.max(...claimed.values())));
      await asking.stop();
      const known = new Set(workers.flatMap(({ pid }) => [`metrics ${pid}`, `main ${pid}`]));
      assert.deepEqual(
        outcomes.filter(({ text }) => !known.has(text)),
        [],
        'each was answered',
      );
      const late = outcomes.filter(({ at, text }) => at > (claimed.get(text) ?? Number.POSITIVE_INFINITY));
      assert.deepEqual(late, [], 'none got metrics after the claim');
      for (const { slot, pid } of workers)
        // oxlint-disable-next-line no-await-in-loop
        assert.equal(
          await textOf({ port: metrics + slot }),
          `metrics ${pid}`,
          'they have their own port still',
        );
      assert.deepEqual(await states(app), ['ready', 'ready']);
    });

    test('connections that wait while PORT is claimed are answered, and then get the app', async (t) => {
      const metrics = await freePorts(1);
      const app = await startSteered(t, [{ name: 'metrics', port: metrics }], { args: node, workers: 1 });
      const [pid] = (await app.pids()) as [number];
      process.kill(pid, 'SIGSTOP');
      const clients = Array.from({ length: 50 }, () => connect(app.port));
      for (const { socket } of clients) socket.write(get('/'));
      await Promise.all(
        clients.map(
          ({ socket }) =>
            new Promise((resolve) => (socket.connecting ? socket.once('connect', resolve) : resolve(0))),
        ),
      );
      const claim = app.act(pid, 'open', { name: 'main' });
      process.kill(pid, 'SIGCONT');
      await Promise.all(clients.map(({ received }) => received(/(metrics|main) \d+$/)));
      await claim;
      for (const { socket } of clients) socket.write(get('/again'));
      await Promise.all(
        clients.map(({ received }) => received(/(metrics|main) \d+HTTP[^]*\r\n\r\nmain \d+$/)),
      );
      for (const { socket } of clients) socket.destroy();
    });

    test('a request that the metrics server has begun is finished by it, and its own port is left alone', async (t) => {
      const metrics = await freePorts(1);
      const app = await startSteered(t, [{ name: 'metrics', port: metrics }], { args: node, workers: 1 });
      const [pid] = (await app.pids()) as [number];
      const scraper = connect(metrics);
      scraper.socket.write(get('/'));
      await scraper.received(/metrics \d+$/);
      const client = connect(app.port);
      client.socket.write(get('/held'));
      await eventually('it has begun', async () => (await app.act(pid, 'held')) === 1);
      await app.act(pid, 'open', { name: 'main' });
      await app.act(pid, 'release');
      await client.received(/metrics \d+$/);
      client.socket.write(get('/'));
      await client.received(/main \d+$/);
      scraper.socket.write(get('/'));
      await scraper.received(/metrics \d+HTTP[^]*metrics \d+$/);
      assert.equal(await textOf({ port: metrics }), `metrics ${pid}`);
      await app.act(pid, 'shut', { name: 'metrics' });
      assert.deepEqual(await states(app), ['ready'], 'it was not the app that closed');
      assert.equal(await textOf({ port: app.port }), `main ${pid}`);
      scraper.socket.destroy();
      client.socket.destroy();
    });

    test('https on PORT takes the place of http on another one', async (t) => {
      const metrics = await freePorts(1);
      const tls = makeCertificate(await testFolder(t), 'claims', '127.0.0.1');
      const app = await startSteered(t, [{ name: 'metrics', port: metrics }], { args: node, workers: 1 });
      const [pid] = (await app.pids()) as [number];
      const client = connect(app.port);
      client.socket.write(get('/'));
      await client.received(/metrics \d+$/);
      await app.act(pid, 'open', { name: 'main', tls });
      const text = await new Promise((resolve, reject) => {
        const options = { host: '127.0.0.1', port: app.port, agent: false, rejectUnauthorized: false };
        https
          .get(options, (response) => response.setEncoding('utf8').once('data', resolve))
          .on('error', reject);
      });
      assert.equal(text, `main ${pid}`);
      client.socket.write(get('/'));
      await client.received(/main \d+$/);
      client.socket.destroy();
      assert.equal(await textOf({ port: metrics }), `metrics ${pid}`);
    });

    test('an HTTPS connection that was opened to the metrics server goes on with the app', async (t) => {
      const metrics = await freePorts(1);
      const { cert, key } = makeCertificate(await testFolder(t), 'claims', '127.0.0.1');
      const app = await startSteered(t, [{ name: 'metrics', port: metrics }], {
        args: [...node, '--tls-cert', cert, '--tls-key', key],
        workers: 1,
      });
      const [pid] = (await app.pids()) as [number];
      const agent = new https.Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
      t.after(() => agent.destroy());
      const ports = new Set<number | undefined>();
      const text = (): Promise<string> =>
        new Promise((resolve, reject) => {
          https
            .get({ host: '127.0.0.1', port: app.port, agent }, (response) => {
              ports.add(response.socket.localPort);
              response.setEncoding('utf8').once('data', resolve);
            })
            .on('error', reject);
        });
      assert.equal(await text(), `metrics ${pid}`);
      await app.act(pid, 'open', { name: 'main' });
      assert.equal(await text(), `main ${pid}`, app.output());
      assert.equal(await text(), `main ${pid}`);
      assert.equal(ports.size, 1, 'it is one connection');
      await app.act(pid, 'shut', { name: 'main' });
      agent.destroy();
      await app.act(pid, 'open', { name: 'main' });
      await eventually('it has no connection', async () => {
        const [worker] = (await app.status()).workers;
        return worker!.connections === 0;
      });
    });

    test('PORT is claimed in a worker that drains', async (t) => {
      const metrics = await freePorts(3);
      const app = await startSteered(t, [{ name: 'metrics', port: metrics, bySlot: true }], { args: node });
      const pid = (await app.status()).workers[1]!.pid!;
      const client = connect(app.port);
      client.socket.write(get('/held').replace('\r\n\r\n', '\r\nCookie: radiant-app=2.1\r\n\r\n'));
      await eventually('it has begun', async () => (await app.act(pid, 'held')) === 1);
      const { seen } = await app.event(({ type }) => type === 'draining');
      const drained = app.control.replace({ worker: 2 });
      await seen;
      await app.act(pid, 'open', { name: 'main' });
      await app.act(pid, 'release');
      await client.received(new RegExp(`metrics ${pid}$`));
      await drained;
      assert.deepEqual(await states(app), ['ready', 'ready']);
      assert.match(await textOf({ port: app.port }), /^metrics /, 'nobody else has asked for PORT');
    });
  });
}

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import type net from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { nodesInTurn } from '../fixtures/nodes.ts';
import { runCommand } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/radiant.ts';
import { testFolder } from '../support/tiny-apps.ts';
import { askAllTheTime, startSteered, states, steered, textOf, type Opening } from './steered-app.ts';

for (const { version, path, test } of await nodesInTurn()) {
  describe(`which server is the app's, on Node ${version}`, () => {
    const node = ['--node', path];

    test('once an app has asked for PORT, no other server of its release is taken for it', async (t) => {
      const metrics = await freePorts(4);
      const app = await startSteered(t, [{ name: 'metrics', port: metrics, bySlot: true }], {
        args: node,
        workers: 1,
      });
      const [first] = (await app.pids()) as [number];
      await app.act(first, 'open', { name: 'main' });
      const scaled = app.control.scale({ workers: 2 });
      const second = await eventually('the second worker', async () =>
        (await app.pids()).find((pid) => pid !== first),
      );
      // Longer than it takes to learn a port.
      await eventually(
        'it has listened for long',
        async () => (await app.act<number>(second, 'uptime').catch(() => 0)) > 4,
      );
      assert.deepEqual(await states(app), ['ready', 'starting']);
      await app.act(second, 'open', { name: 'main' });
      await scaled;
      assert.deepEqual(await states(app), ['ready', 'ready']);
    });

    test('a learned port is remembered, and gives way; the server gets its own port then', async (t) => {
      const metrics = await freePorts(1);
      const app = await startSteered(t, [{ name: 'metrics', port: metrics }], { args: node, workers: 1 });
      const [first] = (await app.pids()) as [number];
      const { seen } = await app.event(({ type }) => type === 'ready');
      process.kill(first, 'SIGKILL');
      await seen;
      const [pid] = (await app.pids()) as [number];
      assert.equal(await textOf({ port: app.port }), `metrics ${pid}`);
      await app.act(pid, 'open', { name: 'main' });
      assert.equal(await textOf({ port: app.port }), `main ${pid}`);
      await eventually(
        'its own port',
        async () => (await textOf({ port: metrics }).catch(() => '')) === `metrics ${pid}`,
      );
      const address = await app.act<net.AddressInfo>(pid, 'address', { name: 'main' });
      assert.equal(address.port, app.port);
      assert.equal(await app.act(pid, 'close', { name: 'metrics' }), 'closed');
      await assert.rejects(textOf({ port: metrics }), { code: 'ECONNREFUSED' });
      assert.equal(await textOf({ port: app.port }), `main ${pid}`);
    });

    test('an app on a port of its own that restarts its server is back, though PORT was never asked for', async (t) => {
      const own = await freePorts(1);
      const app = await startSteered(t, [{ name: 'main', port: own }], { args: node });
      for (const pid of await app.pids()) {
        // oxlint-disable-next-line no-await-in-loop -- one worker after the other
        await app.act(pid, 'shut', { name: 'main' });
        // oxlint-disable-next-line no-await-in-loop
        await eventually('it is closed', async () => (await states(app)).includes('closed'));
        // oxlint-disable-next-line no-await-in-loop
        assert.match(await textOf({ port: app.port }), /^main /);
        // oxlint-disable-next-line no-await-in-loop
        await app.act(pid, 'open', { name: 'main', port: own });
        // oxlint-disable-next-line no-await-in-loop
        await eventually('it is back', async () => (await states(app)).every((state) => state === 'ready'));
      }
      const pids = await app.pids();
      const { workers } = await app.status();
      const answers = await Promise.all(workers.map(({ socketPath }) => textOf({ socketPath })));
      assert.deepEqual(
        answers,
        pids.map((pid) => `main ${pid}`),
      );
    });

    test('a learned server that closes before PORT is asked for', async (t) => {
      const metrics = await freePorts(1);
      const app = await startSteered(t, [{ name: 'metrics', port: metrics }], { args: node, workers: 1 });
      const [pid] = (await app.pids()) as [number];
      await app.act(pid, 'shut', { name: 'metrics' });
      await eventually('it is closed', async () => (await states(app))[0] === 'closed');
      const waiting = textOf({ port: app.port });
      await app.act(pid, 'open', { name: 'main' });
      assert.equal(await waiting, `main ${pid}`);
      await eventually('it is ready', async () => (await states(app))[0] === 'ready');
    });

    test('of two servers none is the app’s until one has closed; a port that the kernel chooses never is', async (t) => {
      const two = await freePorts(2);
      const open = [
        { name: 'a', port: two },
        { name: 'b', port: two + 1 },
        { name: 'any', port: 0 },
      ];
      const app = await startSteered(t, open, {
        args: [...node, '--start-timeout', '60'],
        workers: 1,
        early: true,
      });
      const pid = await eventually('its process', async () => (await app.pids().catch(() => []))[0]);
      await eventually(
        'it has listened for long',
        async () => (await app.act<number>(pid, 'uptime').catch(() => 0)) > 4,
      );
      assert.deepEqual(await states(app), ['starting']);
      await app.act(pid, 'shut', { name: 'a' });
      await app.printed(/ is ready at /);
      assert.equal(await textOf({ port: app.port }), `b ${pid}`);
    });

    test('PORT on two addresses: one server is enough, and the other takes over when that closes', async (t) => {
      const open = [
        { name: 'a', host: '127.0.0.1' },
        { name: 'b', host: '::1' },
      ];
      const app = await startSteered(t, open, { args: node, workers: 1 });
      const [pid] = (await app.pids()) as [number];
      assert.equal(await textOf({ port: app.port }), `a ${pid}`);
      await app.act(pid, 'shut', { name: 'a' });
      assert.equal(await textOf({ port: app.port }), `b ${pid}`);
      assert.deepEqual(await states(app), ['ready']);
    });

    test('an app that restarts its own server again and again answers everybody, once', async (t) => {
      const app = await startSteered(t, [{ name: 'a' }], { args: node, workers: 1 });
      const [pid] = (await app.pids()) as [number];
      const asking = askAllTheTime({ fresh: () => textOf({ port: app.port }) });
      t.after(() => asking.stop());
      const answered = (): number => asking.outcomes.length;
      for (let round = 0; round < 10; round += 1) {
        const [name, by] = round % 2 === 0 ? ['a', 'b'] : ['b', 'a'];
        const before = answered();
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        await app.act(pid, 'replace', { name, by });
        // oxlint-disable-next-line no-await-in-loop
        await eventually('more answers', () => answered() > before + 5);
      }
      await asking.stop();
      // From Node 24 on, close() ends connections that have not asked for anything yet too, also in the bare app.
      const ended = Number.parseInt(version, 10) >= 24 ? 'failed: ECONNRESET' : '';
      const failed = asking.outcomes.filter(({ text }) => !/^[ab] \d+$/.test(text) && text !== ended);
      assert.deepEqual(failed, []);
      await eventually('it is ready', async () => (await states(app))[0] === 'ready');
      const whole = answered() - asking.outcomes.filter(({ text }) => text === ended).length;
      await eventually('each was counted once', async () => {
        const { requests } = (await app.status()).workers[0]!;
        assert.ok(
          requests <= answered() + 3,
          `${requests} requests for ${whole} answers and 3 looks at its health`,
        );
        return requests >= whole;
      });
    });

    test('an error after it listens changes nothing', async (t) => {
      const app = await startSteered(t, [{ name: 'main', host: '127.0.0.1' }], { args: node, workers: 1 });
      const [pid] = (await app.pids()) as [number];
      await app.act(pid, 'fail', { name: 'main' });
      assert.equal(await textOf({ port: app.port }), `main ${pid}`);
      assert.deepEqual(await states(app), ['ready']);
    });
  });
}

/** An app of its own, for a release of its own, that does what the steered one does. */
async function releaseOf(t: TestContext, name: string, open: Opening[]): Promise<string> {
  const folder = await testFolder(t);
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name, main: 'server.js' }));
  const main = `process.env.OPEN = ${JSON.stringify(JSON.stringify(open))};\nrequire(${JSON.stringify(steered)});\n`;
  await writeFile(join(folder, 'server.js'), main);
  return folder;
}

it('each release is looked at for itself: a fixed port, a late PORT, another fixed port', async (t) => {
  const [first, side, third] = [await freePorts(1), await freePorts(3), await freePorts(1)];
  const app = await startSteered(t, [], {
    app: await releaseOf(t, 'first', [{ name: 'first', port: first }]),
  });
  const asking = askAllTheTime({ fresh: () => textOf({ port: app.port }) });
  t.after(() => asking.stop());
  const deploy = async (name: string, open: Opening[]): Promise<void> => {
    const { code, output } = await runCommand(app, ['deploy', await releaseOf(t, name, open)]);
    assert.equal(code, 0, output);
    await eventually(`${name} answers`, () =>
      asking.outcomes.slice(-20).every(({ text }) => text.startsWith(`${name} `)),
    );
  };
  // It is taken for an app that ignores PORT, until it asks for that in the middle of the deploy.
  await deploy('second', [
    { name: 'side', port: side, bySlot: true },
    { name: 'second', afterMs: 2_500 },
  ]);
  await deploy('third', [{ name: 'third', port: third }]);
  await asking.stop();
  const names = new Set(asking.outcomes.map(({ text }) => text.split(' ')[0]!));
  assert.deepEqual(
    [...names].filter((name) => !['first', 'side', 'second', 'third'].includes(name)),
    [],
  );
});

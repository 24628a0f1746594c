import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { connect, get } from './contract-app.ts';
import { ask, askAllTheTime, startSteered, states, textOf } from './steered-app.ts';

describe('an app that closes its server and lives on', () => {
  test('is not ready: its siblings take its clients until it listens again', async (t) => {
    const app = await startSteered(t, [{ name: 'main' }]);
    const [first, second] = (await app.status()).workers;
    const own = { port: app.port, headers: { cookie: 'radiant-app=1.1' } };
    assert.equal(await textOf(own), `main ${first!.pid}`);
    const held = connect(app.port);
    held.socket.write(get('/held').replace('\r\n\r\n', '\r\nCookie: radiant-app=1.1\r\n\r\n'));
    await eventually('it has begun', async () => (await app.act(first!.pid!, 'held')) === 1);
    const { seen: closed } = await app.event(({ type }) => type === 'closed');
    await app.act(first!.pid!, 'shut', { name: 'main' });
    await closed;
    assert.deepEqual(await states(app), ['closed', 'ready']);
    assert.equal((await app.status()).state, 'running');
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        textOf(i % 2 === 0 ? own : { ...own, method: 'POST' }, i % 2 === 0 ? undefined : 'x'),
      ),
    );
    assert.deepEqual([...new Set(answers)], [`main ${second!.pid}`]);
    // The name of its socket leads to whoever lives.
    assert.equal(await textOf({ socketPath: first!.socketPath }), `main ${second!.pid}`);
    // What it had begun it finishes.
    await app.act(first!.pid!, 'release');
    await held.received(new RegExp(`main ${first!.pid}$`));
    held.socket.destroy();
    const { seen: reopened } = await app.event(({ type }) => type === 'reopened');
    await app.act(first!.pid!, 'open', { name: 'main' });
    await reopened;
    assert.deepEqual(await states(app), ['ready', 'ready']);
    await eventually('it has its clients again', async () => (await textOf(own)) === `main ${first!.pid}`);
    assert.equal(await textOf({ socketPath: first!.socketPath }), `main ${first!.pid}`);
  });

  test('is replaced by a spare, by a drain and by a restart', async (t) => {
    const app = await startSteered(t, [{ name: 'main' }], { args: ['--spare', '1'] });
    await eventually('the spare', async () => (await states(app)).includes('spare'));
    const before = await app.status();
    const first = before.workers.find(({ state }) => state === 'ready')!;
    const { seen: promoted } = await app.event(({ type }) => type === 'promoted');
    await app.act(first.pid!, 'shut', { name: 'main' });
    await promoted;
    assert.deepEqual((await states(app)).toSorted(), ['closed', 'ready', 'ready']);
    await app.control.replace({ worker: first.slot });
    assert.deepEqual((await states(app)).toSorted(), ['ready', 'ready', 'spare']);
    const [one] = await app.pids();
    await app.act(one!, 'shut', { name: 'main' });
    await eventually('it is closed', async () => (await states(app)).includes('closed'));
    await app.control.restart({});
    assert.ok(!(await app.pids()).includes(one!));
    assert.deepEqual((await states(app)).toSorted(), ['ready', 'ready', 'spare']);
  });

  test('is answered for by 503 when it is the only one', async (t) => {
    const app = await startSteered(t, [{ name: 'main' }], { workers: 1, args: ['--queue-timeout', '1'] });
    const [pid] = (await app.pids()) as [number];
    await app.act(pid, 'shut', { name: 'main' });
    assert.equal((await ask({ port: app.port })).status, 503);
    assert.equal((await app.status()).state, 'starting');
    await app.act(pid, 'open', { name: 'main' });
    await eventually('it answers again', async () => (await textOf({ port: app.port })) === `main ${pid}`);
    assert.deepEqual(await states(app), ['ready']);
  });

  test('and whose supervisor dies then, gets no clients', async (t) => {
    const app = await startSteered(t, [{ name: 'main' }]);
    const [first] = (await app.status()).workers;
    const { supervisor } = await app.status();
    await app.act(first!.pid!, 'shut', { name: 'main' });
    await eventually('it is closed', async () => (await states(app)).includes('closed'));
    const asking = askAllTheTime({
      fresh: () => textOf({ port: app.port }),
      own: () => textOf({ port: app.port, headers: { cookie: 'radiant-app=1.1' } }),
    });
    t.after(() => asking.stop());
    process.kill(supervisor.pid, 'SIGKILL');
    await eventually('another supervisor has replaced all workers', async () => {
      const status = await app.status().catch(() => undefined);
      const old = status?.workers.some(({ pid }) => pid === first!.pid);
      return status?.workers.length === 2 && !old && status.workers.every(({ state }) => state === 'ready');
    });
    await asking.stop();
    assert.ok(asking.outcomes.length > 0);
    assert.deepEqual(
      asking.outcomes.filter(({ text }) => !text.startsWith('main ') || text === `main ${first!.pid}`),
      [],
    );
  });
});

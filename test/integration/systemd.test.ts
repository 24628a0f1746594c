import assert from 'node:assert/strict';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { installed, installRadiant, openMachine, type Machine } from '../support/machine.ts';
import { meteorBundle } from '../support/meteor-bundle.ts';
import { noSandbox } from '../support/sandbox.ts';
import type { Noticed } from '../support/sandbox/visitors.ts';
import type { Status } from '../../src/running/status.ts';

const setUp = `
${installRadiant}
useradd --system --home-dir /var/lib/radiant radiant
cp -a /var/given /srv/shop
chmod 755 /srv/shop
cd /srv/shop
radiant export systemd bundle --name shop --listen 127.0.0.1:80 --workers 2 --out /etc/systemd/system
mkdir /etc/systemd/system/shop.service.d
printf '[Service]\nWatchdogSec=10\n' > /etc/systemd/system/shop.service.d/sooner.conf
systemctl daemon-reload
`;

/** The output of a command that must succeed. */
async function said(machine: Machine, script: string): Promise<string> {
  const { code, output } = await machine.run(script);
  assert.equal(
    code,
    0,
    `${script}\n${output}\n${(await machine.run('journalctl -b -u shop.service')).output}`,
  );
  return output;
}

const property = async (machine: Machine, name: string): Promise<string> =>
  (await said(machine, `systemctl show --value --property ${name} shop.service`)).trim();

const status = async (machine: Machine): Promise<Status> =>
  JSON.parse(await said(machine, 'radiant status --name shop --json')) as Status;

/** Resolves when all workers are others than `old`, and ready. */
const replaced = (machine: Machine, old: readonly number[]): Promise<unknown> =>
  eventually(
    'all workers are replaced',
    async () => {
      const { code, output } = await machine.run('radiant status --name shop --json');
      if (code !== 0) return false;
      const { workers } = JSON.parse(output) as Status;
      const fresh = workers.filter(({ pid, state }) => state === 'ready' && !old.includes(pid!));
      return fresh.length === 2 && workers.length === 2;
    },
    90_000,
  );

/** Visitors of the site; the result ends them and says what they have noticed. */
async function visitors(machine: Machine, t: TestContext): Promise<() => Promise<Noticed>> {
  const script = join(installed, 'test', 'support', 'sandbox', 'visitors.ts');
  const child = machine.spawn('node', '--no-warnings', script, 'http://127.0.0.1');
  t.after(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  assert.equal((await lines.next()).value, 'started');
  return async () => {
    child.stdin.end();
    const noticed = JSON.parse((await lines.next()).value ?? '{}') as Noticed;
    await once(child, 'exit');
    return noticed;
  };
}

/** Nothing of what was done may be noticed; `missed`: these may come back to a session that is gone. */
async function unnoticed(
  machine: Machine,
  t: TestContext,
  act: () => Promise<void>,
  missed: (how: string) => boolean = () => false,
): Promise<void> {
  const end = await visitors(machine, t);
  await act();
  const { failures, problems, breaks, ...counts } = await end();
  t.diagnostic(
    `${counts.requests} requests, ${failures.length} failed; ${counts.calls} method calls, ${counts.reconnects} reconnects; broke: ${breaks.join(', ') || 'none'}`,
  );
  assert.deepEqual([failures, problems], [[], []]);
  assert.deepEqual(
    breaks.filter((each) => !missed(each)),
    [],
  );
  assert.ok(counts.requests > 0 && counts.calls > 0);
}

test('below a real systemd: start, reload, deaths, restart and stop', { skip: noSandbox() }, async (t) => {
  const bundle = await meteorBundle();
  const machine = await openMachine(t, dirname(bundle.path));
  await said(machine, setUp);

  await said(machine, 'systemctl enable --now shop.socket shop.service');
  // It has waited for READY=1: workers serve.
  assert.equal(await property(machine, 'ActiveState'), 'active');
  const keeper = await property(machine, 'MainPID');
  assert.match(await said(machine, `cat /proc/${keeper}/cmdline | tr '\\0' ' '`), /radiant\S* start /);
  assert.equal(
    await said(machine, "curl --silent --output /dev/null --write-out '%{http_code}' http://127.0.0.1/"),
    '200\n'.trim(),
  );

  await t.test('what a web app never needs is taken away from it', async () => {
    const [worker] = (await status(machine)).workers;
    for (const pid of [keeper, worker!.pid]) {
      // oxlint-disable-next-line no-await-in-loop -- two
      const facts = await said(machine, `cat /proc/${pid}/status; cat /proc/${pid}/mounts`);
      assert.match(facts, /^NoNewPrivs:\s+1$/m);
      assert.match(facts, /^CapBnd:\s+0000000000000400$/m);
      assert.match(facts, /^\S+ \/etc \S+ ro,/m);
      assert.doesNotMatch(facts, /^Uid:\s+0\s/m);
    }
  });

  await t.test('reload: a rolling restart, which is over when it returns', (sub) =>
    unnoticed(machine, sub, async () => {
      const old = (await status(machine)).workers.map(({ pid }) => pid!);
      await said(machine, 'systemctl reload shop.service');
      const now = (await status(machine)).workers.map(({ pid }) => pid!);
      assert.deepEqual(
        now.filter((pid) => old.includes(pid)),
        [],
      );
      assert.equal(await property(machine, 'MainPID'), keeper);
    }),
  );

  await t.test('the supervisor is killed', (sub) =>
    unnoticed(machine, sub, async () => {
      const { supervisor, workers } = await status(machine);
      await said(machine, `kill -9 ${supervisor.pid}`);
      await replaced(
        machine,
        workers.map(({ pid }) => pid!),
      );
      assert.equal(await property(machine, 'MainPID'), keeper);
      assert.equal(await property(machine, 'NRestarts'), '0');
    }),
  );

  await t.test('the main process is killed', (sub) =>
    unnoticed(machine, sub, async () => {
      const old = (await status(machine)).workers.map(({ pid }) => pid!);
      await said(machine, `kill -9 ${keeper}`);
      await replaced(machine, old);
      await eventually(
        'systemd has its successor',
        async () => (await property(machine, 'ActiveState')) === 'active',
      );
      assert.equal(await property(machine, 'NRestarts'), '1');
      assert.notEqual(await property(machine, 'MainPID'), keeper);
    }),
  );

  await t.test('the supervisor hangs: the watchdog tells, and the next start ends it', (sub) =>
    unnoticed(machine, sub, async () => {
      const { supervisor, workers } = await status(machine);
      await said(machine, `kill -STOP ${supervisor.pid}`);
      const restarted = async (): Promise<boolean> => (await property(machine, 'NRestarts')) === '2';
      await eventually('systemd has started it again', restarted, 60_000);
      await replaced(
        machine,
        workers.map(({ pid }) => pid!),
      );
      assert.match(await said(machine, 'journalctl -b -u shop.service'), /Watchdog timeout/);
    }),
  );

  await t.test('restart: connections wait in the socket', (sub) =>
    unnoticed(
      machine,
      sub,
      async () => {
        const old = (await status(machine)).workers.map(({ pid }) => pid!);
        await said(machine, 'systemctl restart shop.service');
        await replaced(machine, old);
      },
      // Between two polls nobody can be told that the app stops.
      (how) => how.startsWith('xhr'),
    ),
  );

  await t.test('stop: nothing is left, and the socket starts it again', async () => {
    await said(machine, 'systemctl stop shop.service');
    assert.equal(await property(machine, 'Result'), 'success');
    assert.equal((await machine.run('pgrep -u radiant')).output, '');
    await said(machine, 'curl --silent --fail --output /dev/null http://127.0.0.1/');
    await eventually('it runs again', async () => (await property(machine, 'ActiveState')) === 'active');
    await said(machine, 'systemctl stop shop.socket shop.service');
    assert.equal((await machine.run('pgrep -u radiant')).output, '');
    assert.equal((await machine.run('curl --silent http://127.0.0.1/')).code, 7);
  });
});

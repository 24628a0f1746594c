import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { controlSocket } from '../disk/run-folder.ts';
import { fakeFleet, fakeStatus, type FakeFleet, fakeMetrics } from '../../test/support/fake-fleet.ts';
import { serveControl } from '../control/server.ts';
import { errors } from '../common/errors.ts';
import { eventually } from '../../test/support/eventually.ts';
import { homes } from '../disk/paths.ts';

const bin = join(import.meta.dirname, '..', '..', 'bin', 'radiant.cjs');
const home = temporaryFolder('radiant-cli-');

interface Result {
  code: number;
  out: string;
  error: string;
}

function radiant(
  args: string[],
  { cwd = home, env = {}, script = bin, node = process.execPath } = {},
): Promise<Result> {
  return new Promise((resolve) => {
    const all = { PATH: process.env.PATH, RADIANT_HOME: home, ...env };
    execFile(node, [script, ...args], { cwd, env: all }, (failure, out, error) => {
      resolve({ code: Number(failure?.code ?? 0), out, error });
    });
  });
}

/** A supervisor that does what it is asked, and ends when it is stopped. */
async function running(context: TestContext, name: string): Promise<FakeFleet> {
  const path = controlSocket(homes({ RADIANT_HOME: home }), name);
  mkdirSync(dirname(path), { recursive: true });
  const fleet = fakeFleet(fakeStatus({ name }));
  const stop = fleet.stop.bind(fleet);
  const server = await serveControl(fleet, fakeMetrics, path);
  context.after(() => server.close());
  fleet.stop = async () => {
    await stop();
    setImmediate(() => server.close());
  };
  return fleet;
}

const refusals: [args: string[], code: keyof typeof errors, error: RegExp][] = [
  [['strat'], 'USAGE', /^radiant: there is no verb "strat"; did you mean "start"\?\n {2}Verbs are start, /],
  [['--port', '80'], 'USAGE', /the verb must stand before --port/],
  [['status', '--jsno'], 'USAGE', /did you mean "--json"/],
  [['replace', 'all'], 'USAGE', /"all" is no worker's number/],
  [['scale', 'many'], 'USAGE', /"many" is neither a number nor a change/],
  [['start', '--port', '70000'], 'USAGE', /--port: "70000" is not a port number from 1 to 65535/],
  [['start', '--config', 'nope.ts'], 'CONFIG', /nope.ts: there is no such file/],
  [['status'], 'NOT_RUNNING', /no app is running/],
  [['stop', '--name', 'shop'], 'NOT_RUNNING', /no app named "shop" is running/],
];
for (const [args, code, error] of refusals) {
  test(`radiant ${args.join(' ')} ends with ${code}`, async () => {
    const result = await radiant(args);
    assert.equal(result.code, errors[code].exit);
    assert.match(result.error, error);
    assert.doesNotMatch(result.error, /\n {4}at /);
    assert.equal(result.out, '');
  });
}

test('a wrong configuration file names its place', async () => {
  const cwd = temporaryFolder('radiant-cli-');
  writeFileSync(join(cwd, 'radiant.config.json'), '{"wokers": 2}');
  const { code, error } = await radiant(['start'], { cwd });
  assert.equal(code, errors.CONFIG.exit);
  assert.match(error, /radiant.config.json: there is no option "wokers"; did you mean "workers"\?/);
});

test('help and version are no errors', async () => {
  const results = await Promise.all([
    radiant([]),
    radiant(['help', 'scale']),
    radiant(['start', '-h']),
    radiant(['-v']),
  ]);
  assert.deepEqual(
    results.map(({ code, error }) => [code, error]),
    results.map(() => [0, '']),
  );
  assert.match(results[0].out, /Usage: radiant VERB/);
  assert.match(results[1].out, /radiant scale \+1/);
  assert.match(results[2].out, /--start-timeout SECONDS/);
  assert.match(results[3].out, /^\d+\.\d+\.\d+\n$/);
});

test('each verb asks the running app, waits, and tells in one line', async (context) => {
  const fleet = await running(context, 'shop');
  assert.deepEqual(JSON.parse((await radiant(['status', '--json'])).out), fakeStatus());
  assert.match(
    (await radiant(['status', '--name', 'shop'])).out,
    /^shop is running at http:\/\/localhost:3000\n/,
  );
  assert.match((await radiant(['list'])).out, /shop {2}running {2}http:\/\/localhost:3000 {2}2 of 2 ready/);
  const departures = 'handed over 11, reconnected 1: state over 1 MB';
  assert.equal((await radiant(['scale', '+1'])).out, `shop has 3 workers, it had 2; ${departures}\n`);
  assert.equal(
    (await radiant(['scale', '-2'], { env: { RADIANT_NAME: 'shop' } })).out,
    `shop has 1 worker, it had 3; ${departures}\n`,
  );
  const restarted = new RegExp(`^shop restarted 1 worker in [\\d.]+ s; ${departures}\\n$`);
  assert.match((await radiant(['restart'])).out, restarted);
  const replaced = new RegExp(
    `^worker 1 of shop was replaced in [\\d.]+ s, its pid is 1001; ${departures}\\n$`,
  );
  assert.match((await radiant(['replace', '1'])).out, replaced);
  const former = await radiant(['drain', '1']);
  assert.match(former.out, replaced);
  assert.equal(former.error, 'radiant: "drain" is called "replace" now\n');
  const impossible = await radiant(['scale', '-1']);
  assert.equal(impossible.code, errors.OPERATION_FAILED.exit);
  assert.match(impossible.error, /there cannot be 0 workers/);
  await running(context, 'blog');
  assert.equal((await radiant(['restart'])).code, errors.AMBIGUOUS.exit);
  assert.match((await radiant(['stop', '-n', 'shop'])).out, /^shop stopped 1 worker in \d/);
  assert.deepEqual(fleet.calls, ['scale 3', 'scale 1', 'restart', 'replace 1', 'replace 1', 'stop']);
});

test('the version check of bin/radiant.cjs uses the exit code of the table', async () => {
  const old = join(home, 'old.cjs');
  const pretend = `Object.defineProperty(process.versions, 'node', { value: '20.20.2' }); require(${JSON.stringify(bin)});`;
  writeFileSync(old, pretend);
  const { code, error } = await radiant(['start', 'x'], { script: old });
  assert.equal(code, errors.NODE_TOO_OLD.exit);
  assert.match(
    error,
    /^radiant: Node 20\.20\.2 is too old .*run: npx -p node@24 -p radiant radiant start x\n$/,
  );
  assert.ok(existsSync(bin));
});

test(
  'a reader that takes its time gets all that is printed',
  { skip: !process.env.CI && !existsSync('/proc/self/stat') },
  async () => {
    const log = join(home, 'state', 'wordy', 'releases', '1', 'log');
    mkdirSync(log, { recursive: true });
    const lines = Array.from({ length: 20_000 }, (_, i) => `line ${i}`);
    writeFileSync(join(log, '1.log'), `${lines.join('\n')}\n`);
    const child = spawn(process.execPath, [bin, 'logs', '--name', 'wordy', '--json'], {
      env: { PATH: process.env.PATH, RADIANT_HOME: home },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'readable');
    // Nobody reads until it can do no more by itself: it has ended, or it waits.
    const doing = (): string => {
      try {
        return readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(' ').slice(2, 15).join();
      } catch {
        return 'ended';
      }
    };
    let [last, unchanged] = ['', 0];
    await eventually('it does nothing any more', () => {
      unchanged = doing() === last ? unchanged + 1 : 0;
      last = doing();
      return unchanged >= 15;
    });
    let text = '';
    for await (const chunk of child.stdout.setEncoding('utf8')) text += chunk;
    assert.equal(text.split('\n').length - 1, lines.length);
  },
);

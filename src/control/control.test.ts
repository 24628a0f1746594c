import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage, type Server } from 'node:http';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { RadiantError } from '../common/errors.ts';
import type { Homes } from '../disk/paths.ts';
import type { FleetEvent } from '../running/events.ts';
import { connectControl, type Control } from './client.ts';
import { controlSocket } from '../disk/run-folder.ts';
import { findApp, runningApps } from './discover.ts';
import {
  fakeFleet,
  fakeMetrics,
  fakeDepartures,
  fakeStatus,
  fakeWorker,
  type FakeFleet,
} from '../../test/support/fake-fleet.ts';
import { operations } from './operations.ts';
import { findOperation } from './perform.ts';
import { serveControl } from './server.ts';

function tempHomes(): Homes {
  const home = temporaryFolder('radiant-control-');
  return { state: join(home, 'state'), run: join(home, 'run'), cache: join(home, 'cache') };
}

interface Rig {
  fleet: FakeFleet;
  path: string;
  control: Control;
  server: Server;
}

async function serve(context: TestContext, name = 'shop', homes = tempHomes()): Promise<Rig> {
  const path = controlSocket(homes, name);
  mkdirSync(dirname(path), { recursive: true });
  const fleet = fakeFleet(fakeStatus({ name }));
  const server = await serveControl(fleet, fakeMetrics, path);
  context.after(() => server.close());
  return { fleet, path, control: connectControl(path), server };
}

const failed = (code: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof RadiantError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, message);
  assert.ok(error.remedy.length > 0);
  return true;
};

const output = (line: string, time = Date.now()): FleetEvent => ({ type: 'output', slot: 1, line, time });

test('operations reach the fleet and come back typed', async (context) => {
  const { control, fleet } = await serve(context);
  assert.deepEqual(await control.status({}), fakeStatus());
  assert.deepEqual(await control.scale({ workers: 4 }), {
    before: 2,
    workers: 4,
    departures: fakeDepartures,
  });
  assert.deepEqual(await control.scale({ workers: '+1' }), {
    before: 4,
    workers: 5,
    departures: fakeDepartures,
  });
  assert.deepEqual(await control.scale({ workers: '-3' }), {
    before: 5,
    workers: 2,
    departures: fakeDepartures,
  });
  assert.deepEqual(await control.restart({}), { workers: 2, departures: fakeDepartures });
  assert.deepEqual(await control.replace({ worker: 2 }), {
    worker: 2,
    pid: 1002,
    departures: fakeDepartures,
  });
  assert.deepEqual(await control.stop({}), { workers: 2 });
  assert.deepEqual(fleet.calls, ['scale 4', 'scale 5', 'scale 2', 'restart', 'replace 2', 'stop']);
});

test('errors of the fleet arrive as they left, other errors as OPERATION_FAILED', async (context) => {
  const { control, fleet } = await serve(context);
  fleet.failWith(new RadiantError('OPERATION_FAILED', 'worker 3 did not become ready', 'look at its output'));
  await assert.rejects(control.restart({}), failed('OPERATION_FAILED', /^worker 3 did not become ready$/));
  fleet.failWith(new TypeError('x is not a function'));
  await assert.rejects(control.stop({}), failed('OPERATION_FAILED', /x is not a function/));
  await assert.rejects(control.scale({ workers: '-2' }), failed('OPERATION_FAILED', /cannot be 0 workers/));
  await assert.rejects(control.scale({ workers: 300 }), failed('OPERATION_FAILED', /cannot be 300 workers/));
  await assert.rejects(control.scale({ workers: 'many' }), failed('USAGE', /Invalid/));
});

test('who asks for events while the server closes does not keep it, nor does who says nothing', async (context) => {
  const { path, server } = await serve(context);
  const asking = connect(path);
  const silent = connect(path);
  for (const socket of [asking, silent]) {
    socket.resume().write('GET /events HTTP/1.1\r\n');
    // oxlint-disable-next-line no-await-in-loop -- one by one, so that each is the server's
    await once(server, 'connection');
  }
  const asked = once(asking, 'close');
  const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
  asking.write('Host: x\r\n\r\n');
  await asked;
  assert.equal(silent.closed, false);
  await closed;
});

test('slots that are being emptied do not count for a relative scale', async (context) => {
  const { control, fleet } = await serve(context);
  fleet.status().workers.push(fakeWorker(3, { state: 'draining' }));
  assert.deepEqual(await control.scale({ workers: '+1' }), {
    before: 2,
    workers: 3,
    departures: fakeDepartures,
  });
});

test('events stream as they happen, the kept ones first, and end with the server', async (context) => {
  const { control, fleet, server } = await serve(context);
  fleet.emit(output('too old', 1000));
  fleet.emit(output('early', 2000));
  const seen: string[] = [];
  const waiters = new Map<string, () => void>();
  const arrived = (line: string): Promise<void> => new Promise((resolve) => waiters.set(line, resolve));
  const late = arrived('late');
  const stream = await control.events((event) => {
    if (event.type !== 'output') return;
    seen.push(event.line);
    waiters.get(event.line)?.();
  }, 1000);
  fleet.emit(output('late'));
  await late;
  assert.deepEqual(seen, ['early', 'late']);
  server.close();
  await stream.ended;
  assert.equal(fleet.listeners.size, 0);
});

test('a scrape is text, as the metrics give it', async (context) => {
  const { path } = await serve(context);
  const outgoing = get({ socketPath: path, path: '/metrics' });
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  assert.equal(text, await fakeMetrics.text());
  assert.equal(response.headers['content-type'], fakeMetrics.contentType);
});

test('a reader that closes is forgotten', async (context) => {
  const { control, fleet } = await serve(context);
  const stream = await control.events(() => {});
  stream.close();
  await stream.ended;
  fleet.emit(output('for nobody'));
  assert.deepEqual((await control.status({})).name, 'shop');
});

test('a reader that stops reading loses output, not events, and the supervisor keeps its memory', async (context) => {
  const { fleet, path } = await serve(context);
  const socket = connect(path);
  socket.write('GET /events HTTP/1.0\r\n\r\n');
  await once(socket, 'readable');
  const line = 'x'.repeat(100_000);
  for (let index = 0; index < 100; index += 1) fleet.emit(output(line));
  fleet.emit({ type: 'state', state: 'stopping', time: Date.now() });
  let text = '';
  for await (const chunk of socket.setEncoding('utf8')) {
    text += String(chunk);
    if (text.includes('were left out')) break;
  }
  assert.ok(text.length < 8_000_000, `${text.length}`);
  assert.ok(text.includes('"state":"stopping"'));
});

test('only the owner can connect, a dead socket is replaced, a live one is not', async (context) => {
  const homes = tempHomes();
  const path = controlSocket(homes, 'shop');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, 'left over');
  const { server } = await serve(context, 'shop', homes);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(dirname(path)), ['control.sock']);
  await assert.rejects(
    serveControl(fakeFleet(), fakeMetrics, path),
    failed('ALREADY_RUNNING', /another supervisor/),
  );
  server.close();
  await once(server, 'close');
  await assert.rejects(connectControl(path).status({}), failed('NOT_RUNNING', /nobody answers/));
});

test('a folder that is missing is said so', async () => {
  const path = join(tempHomes().run, 'shop', 'control.sock');
  await assert.rejects(
    serveControl(fakeFleet(), fakeMetrics, path),
    failed('STATE', /cannot be made: ENOENT/),
  );
  assert.equal(existsSync(path), false);
});

test('a supervisor that goes away in the middle is no success', async (context) => {
  const homes = tempHomes();
  const path = controlSocket(homes, 'shop');
  mkdirSync(dirname(path), { recursive: true });
  const dying = createServer((socket) => socket.once('data', () => socket.destroy())).listen(path);
  context.after(() => dying.close());
  await once(dying, 'listening');
  await assert.rejects(connectControl(path).restart({}), failed('OPERATION_FAILED', /went away/));
});

test('apps are found by name, or as the only one', async (context) => {
  const homes = tempHomes();
  await assert.rejects(findApp(homes), failed('NOT_RUNNING', /^no app is running$/));
  await serve(context, 'shop', homes);
  mkdirSync(join(homes.run, 'dead'));
  assert.equal((await findApp(homes)).name, 'shop');
  await serve(context, 'blog', homes);
  assert.equal((await findApp(homes, 'blog')).status.name, 'blog');
  assert.deepEqual(
    (await runningApps(homes)).map(({ name }) => name),
    ['blog', 'shop'],
  );
  await assert.rejects(findApp(homes), failed('AMBIGUOUS', /several apps are running: blog, shop/));
  await assert.rejects(findApp(homes, 'dead'), failed('NOT_RUNNING', /no app named "dead" is running/));
});

test('an operation that has another name now is found by the former one too', () => {
  assert.equal(findOperation('drain', 'POST'), operations.replace);
});

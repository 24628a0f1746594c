import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { before, describe, test, type TestContext } from 'node:test';
import { runCommand } from '../support/command.ts';
import { connect, type DdpClient } from '../support/ddp-client.ts';
import { eventually } from '../support/eventually.ts';
import { otherInstallation } from '../support/installation.ts';
import { meteorBundle } from '../support/meteor-bundle.ts';
import { reconnecting, startRadiant, type RunningApp } from '../support/radiant.ts';

/** One client of each kind, all of them in the only worker: docs/restarts.md says what becomes of them. */
interface Clients {
  /** `answered`, or the error's code. */
  request: Promise<string>;
  upload: { outcome: Promise<string>; finish: () => void };
  webSocket: DdpClient;
  longPoll: DdpClient;
  /** Asks on the connection that is open since before, or on another one if that was closed. */
  keepAlive: () => Promise<string>;
}

const outcomeOf = (request: http.ClientRequest): Promise<string> =>
  new Promise((resolve) => {
    request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    request.on('response', (response) => {
      response.resume().on('error', () => resolve('cut off'));
      response.on('end', () => resolve(response.statusCode === 200 ? 'answered' : `${response.statusCode}`));
    });
  });

async function openClients(t: TestContext, app: RunningApp, slowMs: number): Promise<Clients> {
  const request = outcomeOf(http.get(`${app.url}/api/slow?ms=${slowMs}`, { agent: false }));
  const upload = http.request(`${app.url}/api/upload`, { agent: false, method: 'POST' });
  const outcome = outcomeOf(upload);
  upload.write('one half, ');
  const [webSocket, longPoll] = await Promise.all([
    connect(app.url),
    connect(app.url, { transport: 'xhr-polling' }),
  ]);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const keepAlive = (): Promise<string> => outcomeOf(http.get(`${app.url}/api/whoami`, { agent }));
  assert.equal(await keepAlive(), 'answered');
  await eventually('all are there', async () => {
    const [worker] = (await app.status()).workers;
    return worker!.websockets === 1 && worker!.longPolls === 1 && worker!.connections >= 4;
  });
  return {
    request,
    upload: { outcome, finish: () => void upload.end('and the other') },
    webSocket,
    longPoll,
    keepAlive,
  };
}

/** The server itself has closed these sessions. */
async function inOrder(clients: DdpClient[]): Promise<void> {
  const closes = await Promise.all(clients.map(({ closed }) => closed));
  assert.deepEqual(
    closes.map(({ code }) => code),
    clients.map(() => 1000),
  );
}

/** Nothing is lost, sessions end in order, and the connection that waits for its next request never closes. */
async function unharmed({ request, upload, webSocket, longPoll, keepAlive }: Clients): Promise<void> {
  assert.equal(await keepAlive(), 'answered');
  upload.finish();
  assert.deepEqual([await request, await upload.outcome], ['answered', 'answered']);
  await inOrder([webSocket, longPoll]);
}

describe('what clients see whose sessions are not handed over', { concurrency: true }, () => {
  let bundle: { path: string };
  before(async () => (bundle = await meteorBundle()));

  async function started(t: TestContext, args: string[] = []): Promise<RunningApp> {
    const app = await startRadiant({ app: bundle.path, workers: 1, args: [...reconnecting, ...args] });
    t.after(() => app.stop());
    return app;
  }

  test('of the crash of a worker', async (t) => {
    const app = await started(t);
    const clients = await openClients(t, app, 60_000);
    const { pid } = (await app.status()).workers[0]!;
    const died = await app.event((event) => event.type === 'exit' && event.pid === pid);
    process.kill(pid!, 'SIGKILL');
    t.diagnostic(`request: ${await clients.request}, upload: ${await clients.upload.outcome}`);
    assert.notEqual(await clients.request, 'answered');
    assert.notEqual(await clients.upload.outcome, 'answered');
    assert.equal((await clients.webSocket.closed).code, 1006);
    assert.notEqual((await clients.longPoll.closed).code, 1000);
    await died.seen; // all its connections have ended with it
    // Nobody serves at this moment: it waits for the next worker.
    assert.equal(await clients.keepAlive(), 'answered');
  });

  test('of the death of the supervisor', async (t) => {
    const app = await started(t);
    const clients = await openClients(t, app, 3_000);
    const { supervisor } = await app.status();
    process.kill(supervisor.pid, 'SIGKILL');
    assert.equal(await clients.webSocket.call('echo', 1), 1, 'it goes on');
    assert.equal(await clients.longPoll.call('echo', 2), 2);
    await unharmed(clients);
  });

  test('of an upgrade', async (t) => {
    const app = await started(t);
    const other = await otherInstallation(t, '9.9.9');
    const clients = await openClients(t, app, 3_000);
    const upgraded = runCommand(app, ['upgrade'], other);
    await unharmed(clients);
    const { code, output } = await upgraded;
    assert.equal(code, 0, output);
  });

  test('of a stop', async (t) => {
    const app = await started(t, ['--kill-timeout', '60s']);
    const { request, upload, webSocket, longPoll } = await openClients(t, app, 3_000);
    const draining = await app.event(({ type }) => type === 'draining');
    const ended = once(app.process, 'exit');
    const stopped = app.control.stop({});
    await draining.seen;
    upload.finish();
    assert.deepEqual([await request, await upload.outcome], ['answered', 'answered']);
    await inOrder([webSocket, longPoll]);
    await stopped;
    await ended;
    const socket = net.connect(app.port, '127.0.0.1');
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'ECONNREFUSED');
  });
});

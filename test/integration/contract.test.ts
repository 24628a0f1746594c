import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { appNodes } from '../fixtures/nodes.ts';
import { eventually } from '../support/eventually.ts';
import { connect, get, startBare, startUnderRadiant, type ContractApp } from './contract-app.ts';

const nodes = await appNodes();
const modes = { bare: startBare, 'under Radiant': startUnderRadiant };

for (const { version, path } of nodes) {
  for (const [mode, start] of Object.entries(modes)) {
    describe(`an app on Node ${version}, ${mode}`, () =>
      contract(Number.parseInt(version, 10), () => start(path)));
  }
}

interface ChildReport {
  held: number;
  samePort: string;
  answer: string;
  radiant: string;
  execArgv: string[];
}

/** The cases; what they expect is the same with and without Radiant. */
function contract(major: number, start: () => Promise<ContractApp>): void {
  let app: ContractApp;
  before(async () => {
    app = await start();
  });
  after(() => app.stop());

  const connections = (count: number): Promise<unknown> =>
    eventually(`${count} connections`, async () => (await app.act<number>('connections')) === count);
  const asked = async (path = '/'): Promise<ReturnType<typeof connect>> => {
    const client = connect(app.port);
    client.socket.write(get(path));
    await client.received(/hello from \d+/);
    return client;
  };
  const answers = async (): Promise<void> => {
    const client = await asked();
    client.socket.destroy();
    await client.finished;
  };

  test('address() is the public one', async () => {
    const address = await app.act('address');
    assert.deepEqual(address, { address: '::', family: 'IPv6', port: app.port });
    await answers();
  });

  test('getConnections counts connections that wait and those that were answered', async () => {
    const clients = [connect(app.port), connect(app.port), await asked()];
    await connections(3);
    for (const client of clients) client.socket.destroy();
    await connections(0);
  });

  test('maxConnections is the limit', async () => {
    await app.act('set', { maxConnections: 2 });
    const clients = [await asked(), await asked()];
    const third = connect(app.port);
    third.socket.write(get('/'));
    await third.finished;
    assert.equal(third.text(), '');
    clients.pop()!.socket.destroy();
    await connections(1);
    await answers();
    for (const client of clients) client.socket.destroy();
    await connections(0);
    await app.act('set', { maxConnections: 0 });
    if (major >= 21) await assert.rejects(answers());
    else await answers();
    await app.act('set', { maxConnections: 1000 });
    await answers();
  });

  test('close() stops the accepting, waits for what runs, and listening again works', async () => {
    const slow = connect(app.port);
    slow.socket.write(get('/slow'));
    await eventually('the slow request', () => app.act<boolean>('slowWaits'));
    await app.act('startClose');
    const late = connect(app.port);
    late.socket.write(get('/'));
    // Bare it is refused; under Radiant it waits in the kernel for whoever accepts next.
    if (app.radiant === undefined) assert.equal(await late.finished, 'ECONNREFUSED');
    else await once(late.socket, 'connect');
    assert.equal(await app.act('listening'), false);
    assert.equal(await app.act('connections'), 1);
    assert.equal(await app.act('isClosed'), false);
    await app.act('release');
    await slow.received(/late/);
    slow.socket.destroy();
    await eventually('the callback of close', () => app.act<boolean>('isClosed'));
    await app.act('listen');
    if (app.radiant !== undefined) await late.received(/hello from/);
    late.socket.destroy();
    await answers();
    await connections(0);
  });

  test('close() treats a keep-alive connection as this Node does', async () => {
    const client = await asked();
    await app.act('startClose');
    if (major >= 19) await client.finished;
    else {
      client.socket.write(get('/'));
      await client.received(/hello from[^]*hello from/);
      assert.equal(await app.act('isClosed'), false);
      client.socket.destroy();
    }
    await eventually('the callback of close', () => app.act<boolean>('isClosed'));
    await app.act('listen');
    await answers();
  });

  test('a client that has ended its side still gets its answer', async () => {
    await app.act('create', { properties: { httpAllowHalfOpen: true } });
    for (const path of ['/', '/after-end']) {
      const client = connect(app.port, { allowHalfOpen: true });
      client.socket.end(get(path));
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await client.received(path === '/' ? /hello from/ : /after end/);
      client.socket.destroy();
    }
  });

  test('net servers keep half-open connections as they were told to', async () => {
    for (const allowHalfOpen of [true, false]) {
      // oxlint-disable-next-line no-await-in-loop -- the same port
      await app.act('create', { kind: 'net', options: { allowHalfOpen } });
      const client = connect(app.port, { allowHalfOpen: true });
      client.socket.end('hello');
      // oxlint-disable-next-line no-await-in-loop
      await client.finished;
      if (allowHalfOpen) assert.equal(client.text(), 'goodbye');
    }
  });

  test('a net server gets a connection whose client says nothing', async () => {
    await app.act('create', { kind: 'net', options: { allowHalfOpen: false } });
    const client = connect(app.port);
    await connections(1);
    client.socket.end();
    await client.finished;
    await connections(0);
  });

  test('the options for accepted sockets apply', async () => {
    const options = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 5_000 };
    for (const kind of ['http', 'net']) {
      // oxlint-disable-next-line no-await-in-loop -- the same port
      await app.act('create', { kind, options: { ...options, allowHalfOpen: true } });
      const seen = app.act<{ marks: string[]; allowHalfOpen: boolean }>('options');
      // oxlint-disable-next-line no-await-in-loop -- once this is answered the app waits for the connection
      await app.act('listening');
      const client = connect(app.port);
      client.socket.write(get('/'));
      // oxlint-disable-next-line no-await-in-loop
      const { marks, allowHalfOpen } = await seen;
      client.socket.destroy();
      assert.equal(allowHalfOpen, true);
      if (major < 18) continue; // these options came with Node 16.17
      for (const name of ['NoDelay)=true', 'KeepAlive)=true', 'KeepAliveInitialDelay)=5'])
        assert.ok(marks.includes(`Symbol(kSet${name}`), marks.join());
    }
  });

  test('keepAliveTimeout ends a connection between two requests', async () => {
    await app.act('create', { properties: { keepAliveTimeout: 200 } });
    const client = await asked();
    assert.equal(await client.finished, 'closed');
  });

  test('a head that does not end is cut off', async () => {
    const options = { connectionsCheckingInterval: 50, headersTimeout: 300, requestTimeout: 300 };
    const { headersTimeout, requestTimeout } = options;
    await app.act('create', {
      options,
      properties: { headersTimeout, requestTimeout, timeout: major >= 18 ? 0 : 300 },
    });
    const client = connect(app.port);
    client.socket.write('GET / HTTP/1.1\r\nHos');
    await client.finished;
    assert.match(client.text(), major >= 18 ? /^HTTP\/1\.1 408 / : /^/);
  });

  test('timeout ends a connection that says nothing', async () => {
    await app.act('create', { properties: { timeout: 300 } });
    const client = connect(app.port);
    await client.finished;
    assert.equal(client.text(), '');
  });

  test("messages are the app's own, and sending one needs no callback", async () => {
    await app.act('create', {});
    assert.equal(await app.act('send'), true);
    assert.deepEqual(await app.act('messages'), []);
    assert.deepEqual(await app.act('environment'), []);
    assert.deepEqual(await app.act('execArgv'), []);
  });

  test('a second server on the port of the first', async () => {
    await answers();
    if (app.radiant === undefined) return; // the bare app's first server has ::1 already
    const { address, mainListens } = await app.act<{ address: { port: number }; mainListens: boolean }>(
      'listenTwice',
    );
    assert.equal(address.port, app.port);
    assert.equal(mainListens, true);
    await answers();
  });

  for (const kind of ['fork', 'spawn', 'thread']) {
    test(`what the app starts with ${kind} notices nothing`, async () => {
      const report = await app.act<ChildReport>(kind);
      assert.deepEqual(report, {
        held: kind === 'fork' ? 1 : 0,
        samePort: 'EADDRINUSE',
        answer: 'child',
        radiant: 'unknown',
        execArgv: [],
      });
    });
  }

  test('the process ends by itself when nothing is open any more', async () => {
    const { how } = await app.watchEnd();
    app.disconnect();
    const client = await asked();
    void app.act('finish');
    client.socket.destroy();
    assert.equal(await how, 'exited with code 0');
  });
}

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, test, type TestContext } from 'node:test';
import { createSocket, createTestServer, settled } from './ddp-world.ts';

const require = createRequire(import.meta.url);
const { Database } = require('./server/data/database.js');
const { installAccounts } = require('./server/accounts/install.js');

// oxlint-disable typescript/no-explicit-any -- the server's own JavaScript

function createWorld(t: TestContext) {
  const world = createTestServer();
  const users = new Database().collection('users');
  const accounts = installAccounts(world.server, users);
  const open = () => {
    const socket = createSocket(t, world);
    const login = async (options: object) => {
      socket.receive({ msg: 'method', id: '1', method: 'login', params: [options] });
      const messages = (await socket.take()).map((text) => JSON.parse(text));
      return messages.find(({ msg }) => msg === 'result');
    };
    return { socket, login, session: socket._meteorSession };
  };
  return { ...world, accounts, users, open };
}

describe('the hooks of a login', () => {
  test('all are asked whether it is allowed, then those of a login or a failure are called', async (t) => {
    const { accounts, open } = createWorld(t);
    const events: string[] = [];
    let isAllowed = false;
    accounts.validateLoginAttempt(() => isAllowed);
    accounts.validateLoginAttempt(({ allowed, type }: any) => events.push(`asked ${type} ${allowed}`));
    accounts.onLogin(({ user }: any) => events.push(`login ${user.username}`));
    accounts.onLoginFailure(({ error }: any) => events.push(`failure ${error.reason}`));
    accounts.onLogout(({ user }: any) => events.push(`logout ${user.username}`));
    const { login, socket, session } = open();
    assert.equal((await login({ username: 'bo' })).error.reason, 'Login forbidden');
    assert.equal(session.userId, null);
    isAllowed = true;
    const { result } = await login({ username: 'bo' });
    assert.equal(result.id, session.userId);
    socket.receive({ msg: 'method', id: '1', method: 'logout', params: [] });
    await settled();
    assert.deepEqual(events, [
      'asked name false',
      'failure Login forbidden',
      'asked name true',
      'login bo',
      'logout bo',
    ]);
  });
});

describe('the token of a connection', () => {
  test('is remembered as a hash, as long as the connection lives', async (t) => {
    const { accounts, open } = createWorld(t);
    const { login, socket, session } = open();
    const { result } = await login({ username: 'bo' });
    const hash = accounts._hashLoginToken(result.token);
    assert.equal(accounts._getLoginToken(session.id), hash);
    assert.equal(accounts._accountData[session.id].connection, session.connectionHandle);
    socket.close();
    await settled();
    assert.deepEqual([accounts._accountData, accounts._userObservesForConnections], [{}, {}]);
  });

  test('given to another connection it is as good as a login, without its hooks', async (t) => {
    const { accounts, users, open } = createWorld(t);
    const first = open();
    const { result } = await first.login({ username: 'bo' });
    accounts.onLogin(() => assert.fail('a login'));
    const { session, socket } = open();
    const hash = accounts._getLoginToken(first.session.id);
    accounts._setLoginToken(result.id, session.connectionHandle, hash);
    await session._setUserId(result.id);
    const [added = ''] = await socket.take();
    assert.deepEqual(JSON.parse(added).fields.username, 'bo');
    await users.updateAsync(result.id, { $set: { 'services.resume.loginTokens': [] } });
    assert.ok(socket.isClosed && first.socket.isClosed);
  });

  test('that its user does not have closes the connection', async (t) => {
    const { accounts, open } = createWorld(t);
    const { session, socket } = open();
    accounts._setLoginToken('nobody', session.connectionHandle, 'hash');
    assert.ok(!socket.isClosed);
    await settled();
    assert.ok(socket.isClosed);
  });
});

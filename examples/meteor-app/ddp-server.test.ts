import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { createSocket, createTestServer, settled } from './ddp-world.ts';

const require = createRequire(import.meta.url);
const { EJSON } = require('./server/ddp/ejson.js');
const { MongoID } = require('./server/ddp/mongo-id.js');
const { parseDDP, stringifyDDP } = require('./server/ddp/messages.js');

describe('the names that Meteor has', () => {
  const { packages, server } = createTestServer();
  const names: Record<string, string[]> = {
    meteor: ['Meteor.server', 'Meteor.bindEnvironment', 'Meteor.defer', 'Meteor._noYieldsAllowed'],
    'ddp-server': [
      ...['SERVER_MERGE', 'NO_MERGE', 'NO_MERGE_NO_HISTORY', 'NO_MERGE_MULTI'].map(
        (strategy) => `DDPServer.publicationStrategies.${strategy}`,
      ),
      'DDPServer._SessionDocumentView',
      'DDPServer._SessionCollectionView',
      'DDPServer._CurrentWriteFence',
    ],
    'ddp-common': ['parseDDP', 'stringifyDDP', 'SUPPORTED_DDP_VERSIONS', 'Heartbeat', 'MethodInvocation'].map(
      (name) => `DDPCommon.${name}`,
    ),
    ejson: ['toJSONValue', 'fromJSONValue', 'clone', 'equals', 'stringify'].map((name) => `EJSON.${name}`),
    'mongo-id': ['MongoID.idStringify', 'MongoID.idParse'],
  };
  for (const [name, paths] of Object.entries(names)) {
    test(`Package['${name}']`, () => {
      for (const path of paths) assert.notEqual(at(packages[name], path), undefined, path);
    });
  }

  const ofServer = `options.heartbeatInterval options.heartbeatTimeout options.respondToPings
    options.defaultPublicationStrategy onConnectionHook onConnection onMessageHook publish_handlers
    universal_publish_handlers method_handlers sessions stream_server _handleConnect publish methods _removeSession
    setPublicationStrategy getPublicationStrategy`;
  const ofSession = `server version socket inQueue workerRunning _namedSubs _universalSubs userId collectionViews
    _isSending _dontStartNewUniversalSubs _pendingReady _closeCallbacks _socketUrl connectionHandle heartbeat sendReady
    _canSend sendAdded sendChanged sendRemoved getCollectionView added changed removed startUniversalSubs close send
    sendError processMessage protocol_handlers.sub protocol_handlers.unsub protocol_handlers.method _eachSub
    _diffCollectionViews _setUserId _startSubscription _stopSubscription _deactivateAllSubscriptions _clientAddress`;
  const ofSubscription = `_session connection _handler _subscriptionId _name _params _subscriptionHandle _deactivated
    _stopCallbacks _documents _ready userId _idFilter _runHandler _publishHandlerResult _deactivate _callStopCallbacks
    _removeAllDocuments _recreate error stop onStop _isDeactivated added changed removed ready unblock`;

  for (const disconnectGracePeriod of [0, 15000]) {
    test(`of server, session and subscription, ${disconnectGracePeriod} ms of grace`, async (t) => {
      const world = createTestServer({ disconnectGracePeriod });
      world.server.publish('nothing', () => null);
      const socket = createSocket(t, world);
      socket.receive({ msg: 'sub', id: '1', name: 'nothing', params: [] });
      await settled();
      const session = socket._meteorSession;
      assert.equal(world.server.sessions.get(session.id), session);
      hasAll(world.server, ofServer);
      hasAll(session, ofSession);
      hasAll(session._namedSubs.get('1'), ofSubscription);
      assert.equal(session._namedSubs.get('1')._subscriptionHandle, 'N1');
      assert.equal('sentCount' in session, disconnectGracePeriod > 0);
    });
  }
  test('Meteor.server is the server', () => assert.equal(at(packages['meteor'], 'Meteor.server'), server));
});

describe('EJSON', () => {
  const values = [
    [new Date(5), '{"$date":5}'],
    [[Number.NaN, Infinity, -Infinity], '[{"$InfNaN":0},{"$InfNaN":1},{"$InfNaN":-1}]'],
    [Uint8Array.from([1, 2]), '{"$binary":"AQI="}'],
    [{ $date: 5 }, '{"$escape":{"$date":5}}'],
    [{ $escape: new Date(1) }, '{"$escape":{"$escape":{"$date":1}}}'],
    [/a/gi, '{"$regexp":"a","$flags":"gi"}'],
    [new MongoID.ObjectID('a'.repeat(24)), `{"$type":"oid","$value":"${'a'.repeat(24)}"}`],
  ] as const;
  for (const [value, text] of values) {
    test(text, () => {
      assert.equal(EJSON.stringify(value), text);
      assert.deepEqual(EJSON.parse(text), value);
      assert.deepEqual(EJSON.clone(value), value);
      assert.ok(value instanceof RegExp || EJSON.equals(value, EJSON.clone(value)));
    });
  }

  test('a message: cleared fields are undefined ones, only fields, params and result are EJSON', () => {
    const text = '{"msg":"changed","fields":{"at":{"$date":1}},"cleared":["gone"]}';
    const message = parseDDP(text);
    assert.deepEqual(message, { msg: 'changed', fields: { at: new Date(1), gone: undefined } });
    assert.equal(stringifyDDP(message), text);
    assert.equal(
      stringifyDDP({ msg: 'changed', fields: { gone: undefined } }),
      '{"msg":"changed","cleared":["gone"]}',
    );
    assert.equal(
      stringifyDDP({ msg: 'x', other: new Date(1) }),
      '{"msg":"x","other":"1970-01-01T00:00:00.001Z"}',
    );
  });

  test('ids of every type survive as strings', () => {
    for (const id of ['a', '', '-a', '~a', '{a', 'b'.repeat(24), 5, true, null, undefined]) {
      assert.equal(MongoID.idParse(MongoID.idStringify(id)), id);
    }
    assert.equal(MongoID.idStringify(5), '~5');
    assert.equal(MongoID.idStringify('-a'), '--a');
  });
});

function hasAll(value: unknown, paths: string) {
  for (const path of paths.split(/\s+/)) assert.notEqual(at(value, path), undefined, path);
}

/** The value at a path like `a.b`. */
function at(value: unknown, path: string): unknown {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- undefined is an answer
  return path.split('.').reduce((each, key) => (each as Record<string, unknown> | undefined)?.[key], value);
}

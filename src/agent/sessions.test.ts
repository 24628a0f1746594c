import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engineIoName, opensEngineIo, sessionOf, Sessions } from './sessions.ts';

const urls: [string, string | undefined][] = [
  ['/sockjs/123/abcdefgh/xhr', '/sockjs/123/abcdefgh'],
  ['/sockjs/123/abcdefgh/xhr_send', '/sockjs/123/abcdefgh'],
  ['/sockjs/123/abcdefgh/xhr_streaming?t=1', '/sockjs/123/abcdefgh'],
  ['/app/sockjs/123/abcdefgh/eventsource', '/app/sockjs/123/abcdefgh'],
  ['/echo/123/abcdefgh/jsonp?c=callback', '/echo/123/abcdefgh'],
  ['/sockjs/123/abcdefgh/websocket', undefined],
  ['/sockjs/info', undefined],
  ['/sockjs/iframe.html', undefined],
  ['/files/a.b/c/xhr', undefined],
  ['/?next=/sockjs/123/abcdefgh/xhr', undefined],
  ['/socket.io/?EIO=4&transport=polling&t=x&sid=a_b-1', 'a_b-1'],
  ['/socket.io/?EIO=4&transport=polling', undefined],
  ['/socket.io/?EIO=4&transport=websocket&sid=a_b-1', 'a_b-1'],
  ['/login?sid=a', undefined],
];

for (const [url, session] of urls) test(`the session of ${url}`, () => assert.equal(sessionOf(url), session));

test('an Engine.IO handshake is recognised, and names its session', () => {
  assert.ok(opensEngineIo('/socket.io/?EIO=4&transport=polling&t=x'));
  assert.ok(!opensEngineIo('/socket.io/?EIO=4&transport=websocket'));
  assert.ok(!opensEngineIo('/socket.io/?EIO=4&transport=polling&sid=x'));
  assert.equal(engineIoName('0{"sid":"lv_VI97HA","upgrades":["websocket"]}'), 'lv_VI97HA');
  assert.equal(engineIoName('96:0{"sid":"abc","upgrades":[]}'), 'abc');
  assert.equal(engineIoName('2probe'), undefined);
});

test('a session of its own is announced once, and forgotten when the app has forgotten it', () => {
  const sessions = new Sessions(1);
  assert.equal(sessions.remember('a', 1, 0), true);
  assert.equal(sessions.remember('a', 1, 1_000), false);
  assert.equal(sessions.remember('b', 2, 0), false);
  assert.equal(sessions.owner('b'), 2);
  assert.deepEqual(sessions.own(), ['a']);
  assert.deepEqual(sessions.expire(100_000), []);
  assert.deepEqual(sessions.expire(200_000), ['a']);
  assert.equal(sessions.owner('a'), undefined);
});

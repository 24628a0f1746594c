import assert from 'node:assert/strict';
import { test } from 'node:test';
import { opensEngineIo, sessionOf, Sessions } from './sessions.ts';

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
  ['/socket.io/?EIO=4&transport=polling&sid=a%2Fb%3D', 'a/b='],
  ['/socket.io/?EIO=4&transport=polling&sid=%zz', '%zz'],
  ['/login?sid=a', undefined],
];

for (const [url, session] of urls) test(`the session of ${url}`, () => assert.equal(sessionOf(url), session));

test('an Engine.IO handshake is recognised', () => {
  assert.ok(opensEngineIo('/socket.io/?EIO=4&transport=polling&t=x'));
  assert.ok(!opensEngineIo('/socket.io/?EIO=4&transport=websocket'));
  assert.ok(!opensEngineIo('/socket.io/?EIO=4&transport=polling&sid=x'));
});

test('a long name is kept as its digest', () => {
  const long = `/${'x'.repeat(5_000)}/a/b`;
  assert.match(sessionOf(`${long}/xhr`)!, /^[\da-f]{64}$/);
  assert.equal(sessionOf(`${long}/xhr_send`), sessionOf(`${long}/xhr`));
});

const nothing = (): boolean => false;

test('a session is its own once the app has opened it, until the app has forgotten it', () => {
  const sessions = new Sessions(1);
  sessions.placed('a', 1);
  assert.equal(sessions.owner('a'), undefined);
  assert.ok(!sessions.used('a', 0));
  sessions.opened('a', 0);
  sessions.opened('b', 0);
  assert.ok(sessions.used('a', 100_000));
  sessions.placed('c', 2);
  assert.equal(sessions.owner('c'), 2);
  assert.deepEqual(sessions.own(), ['a', 'b']);
  assert.deepEqual(sessions.expire(nothing, 150_000), []);
  assert.deepEqual(
    sessions.expire((session) => session === 'b', 200_000),
    [],
    'a stream may last for hours',
  );
  assert.deepEqual(sessions.expire(nothing, 200_000), ['b']);
  assert.deepEqual([sessions.owner('a'), sessions.owner('b')], [1, undefined]);
});

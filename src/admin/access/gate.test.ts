import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOld, LoginSessions, sessionMs } from './sessions.ts';
import { Throttle } from './throttle.ts';

test('a session ends by time, by logging out, and by another token', () => {
  const sessions = new LoginSessions('token');
  const cookie = sessions.issue(1000);
  const session = sessions.read(cookie, 2000);
  assert.ok(session);
  assert.ok(!isOld(session, 2000));
  assert.ok(isOld(session, 1001 + sessionMs / 2));
  assert.equal(sessions.read(cookie, 1000 + sessionMs), undefined);
  assert.ok(new LoginSessions('token').read(cookie, 2000), 'the supervisor that follows knows it');
  assert.equal(new LoginSessions('another').read(cookie, 2000), undefined);
  sessions.end(session, 2000);
  assert.equal(sessions.read(cookie, 2000), undefined);
  const longer = cookie.replace(/\.[^.]+\./, `.${(9e12).toString(36)}.`);
  for (const forged of [undefined, '', 'a.b.c', `${cookie}x`, longer]) {
    assert.equal(new LoginSessions('token').read(forged, 2000), undefined);
  }
});

test('an address that guesses waits longer and longer, and others do not', () => {
  const throttle = new Throttle();
  let now = 1_000_000;
  const waits: number[] = [];
  for (let i = 0; i < 20; i += 1) {
    const wait = throttle.waitMs('192.0.2.1', now);
    waits.push(wait);
    now += wait;
    throttle.failed('192.0.2.1', now);
  }
  assert.deepEqual(waits.slice(0, 9), [0, 0, 0, 0, 0, 1000, 2000, 4000, 8000]);
  assert.equal(waits.at(-1), 15 * 60_000);
  assert.equal(throttle.waitMs('192.0.2.2', now), 0);
  assert.ok(throttle.waitMs('192.0.2.1', now) > 0);
  throttle.succeeded('192.0.2.1', now);
  assert.equal(throttle.waitMs('192.0.2.1', now), 0);
});

test('all addresses together have a limit, and who was right before is not locked out by it', () => {
  const throttle = new Throttle();
  const now = 60_000 * 100;
  throttle.succeeded('198.51.100.1', now);
  for (let i = 0; i < 60; i += 1) throttle.failed(`192.0.2.${i}`, now);
  assert.equal(throttle.waitMs('203.0.113.1', now), 60_000);
  assert.equal(throttle.waitMs('198.51.100.1', now), 0);
  assert.equal(throttle.waitMs('203.0.113.1', now + 60_000), 0);
});

test('a host cannot change its address within its IPv6 network', () => {
  const throttle = new Throttle();
  for (let i = 1; i <= 6; i += 1) throttle.failed(`2001:db8:1:2::${i}`, 1000);
  assert.ok(throttle.waitMs('2001:db8:1:2:3:4:5:6', 1000) > 0);
  assert.equal(throttle.waitMs('2001:db8:1:3::1', 1000), 0);
  assert.equal(throttle.waitMs('::1', 1000), 0);
});

import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import test from 'node:test';
import { DepartingSessions } from './departing-sessions.ts';

const request = (url: string): IncomingMessage => ({ url }) as IncomingMessage;

test('what comes for a session on its way waits, and follows it in order', () => {
  const left: string[] = [];
  const departing = new DepartingSessions((session) => left.push(session));
  const went: unknown[] = [];
  assert.equal(
    departing.waits('/a', request('/a/xhr'), () => {}),
    false,
    'it is not on its way',
  );
  departing.hold('/a');
  departing.hold('/a');
  assert.equal(departing.firstWaiting('/a'), undefined);
  const first = request('/a/xhr');
  assert.ok(departing.waits('/a', first, (worker) => went.push('poll', worker)));
  assert.ok(departing.waits('/a', request('/a/xhr_send'), (worker) => went.push('send', worker)));
  assert.equal(departing.firstWaiting('/a'), first);
  departing.leave('/a', 7);
  assert.deepEqual([left, went], [['/a'], []]);
  departing.release('/a');
  assert.deepEqual(went, ['poll', 7, 'send', 7]);
  assert.equal(departing.worker('/a'), 7);
});

test('one that stays is where it was', () => {
  const departing = new DepartingSessions(() => assert.fail());
  const went: unknown[] = [];
  departing.hold('/a');
  departing.waits('/a', request('/a/xhr'), (worker) => went.push(worker));
  departing.release('/a');
  assert.deepEqual(went, [undefined]);
  assert.ok(departing.none && departing.calm);
});

test('a worker that is about to end sends nothing after a session, and is not about to while something may come', () => {
  const departing = new DepartingSessions(() => {});
  departing.hold('/a');
  assert.equal(departing.calm, false);
  departing.leave('/a', 7);
  departing.release('/a');
  assert.equal(departing.calm, false, 'peers do not know yet');
  assert.equal(departing.isTooLateFor('/a'), false);
  departing.closed = true;
  assert.ok(departing.isTooLateFor('/a'));
  assert.equal(departing.isTooLateFor('/b'), false);
  departing.returned('/a');
  assert.equal(departing.isTooLateFor('/a'), false);
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { DdpSessions, type DdpObserver, type DdpSession } from './ddp-sessions.ts';

interface Package {
  Package?: {
    meteor: { Meteor: { server: { sessions: Map<unknown, DdpSession> }; bindEnvironment?: unknown } };
  };
}

const nobody: DdpObserver = {
  opened: () => {},
  began: (kind, name) => ({ kind, name, since: 0 }),
  done: () => {},
};

function meteor(bindEnvironment?: unknown): Map<unknown, DdpSession> {
  const sessions = new Map<unknown, DdpSession>();
  const Meteor = { server: { sessions }, ...(bindEnvironment === undefined ? {} : { bindEnvironment }) };
  (globalThis as Package).Package = { meteor: { Meteor } };
  return sessions;
}

const plainSession = (): Required<Pick<DdpSession, 'processMessage' | 'send'>> & DdpSession => ({
  inQueue: { length: 0 },
  workerRunning: false,
  processMessage: () => {},
  send: () => {},
});

test('a method runs from its message to its result, whatever the fields say', () => {
  const sessions = meteor();
  const ddp = new DdpSessions(nobody);
  ddp.look();
  const session = plainSession();
  sessions.set(1, session);
  assert.ok(ddp.isIdle(session));
  session.processMessage({ msg: 'method', id: '1' });
  session.processMessage({ msg: 'method', id: '2' });
  session.processMessage({ msg: 'sub', id: '3' });
  session.send({ msg: 'result', id: '1' });
  assert.ok(!ddp.isIdle(session));
  session.send({ msg: 'error', offendingMessage: { id: '2' } });
  assert.ok(ddp.isIdle(session));
  session.inQueue = { length: 1 };
  assert.ok(!ddp.isIdle(session));
});

test('sessions of before, a map that is replaced, and fields that are missing', () => {
  const first = meteor();
  const early = plainSession();
  first.set(1, early);
  const ddp = new DdpSessions(nobody);
  ddp.look();
  early.processMessage({ msg: 'method', id: '1' });
  assert.ok(!ddp.isIdle(early));
  const second = meteor();
  ddp.look();
  ddp.look();
  const late = plainSession();
  second.set(1, late).set(2, {});
  late.processMessage({ msg: 'method', id: '1' });
  assert.ok(!ddp.isIdle(late));
  assert.ok(ddp.isIdle({}));
  assert.equal(ddp.size, 2);
});

test('a session is closed in the environment that Meteor needs, once, and errors stay inside', () => {
  let inFiber = false;
  const sessions = meteor((run: (task: () => unknown) => unknown) => (task: () => unknown) => {
    inFiber = true;
    return run(task);
  });
  const ddp = new DdpSessions(nobody);
  ddp.look();
  let closed = 0;
  const close = (): never => {
    assert.ok(inFiber);
    closed += 1;
    throw new Error('the app');
  };
  const session = { ...plainSession(), close };
  sessions.set(1, session);
  ddp.close(session);
  assert.equal(closed, 1);
  assert.equal(ddp.size, 0);
});

test('an observer hears of sessions, and of methods and subscriptions when they have their answers', () => {
  const sessions = meteor();
  const heard: unknown[] = [];
  const ddp = new DdpSessions({
    opened: () => heard.push('opened'),
    began: nobody.began,
    done: ({ kind, name }, failed) => heard.push([kind, name, failed]),
  });
  ddp.look();
  const session = plainSession();
  sessions.set(1, session);
  session.processMessage({ msg: 'method', id: '1', method: 'good' });
  session.processMessage({ msg: 'method', id: '2', method: 'bad' });
  session.processMessage({ msg: 'sub', id: '1', name: 'items' });
  session.processMessage({ msg: 'sub', id: '2', name: 'none' });
  session.send({ msg: 'ready', subs: ['1'] });
  session.send({ msg: 'ready', subs: ['1'] });
  session.send({ msg: 'result', id: '1' });
  session.send({ msg: 'result', id: '2', error: { error: 500 } });
  session.send({ msg: 'nosub', id: '2', error: { error: 404 } });
  session.send({ msg: 'nosub', id: '1' });
  assert.deepEqual(heard, [
    'opened',
    ['subscription', 'items', false],
    ['method', 'good', false],
    ['method', 'bad', true],
    ['subscription', 'none', true],
  ]);
});

test('a session is ended as the app would, so that nobody resumes it, also while it waits', () => {
  const sessions = meteor();
  const ddp = new DdpSessions(nobody);
  ddp.look();
  const ended: string[] = [];
  const session = {
    ...plainSession(),
    close: () => ended.push('waits'),
    connectionHandle: { close: () => ended.push('ended') },
    _pendingRemoveFunction: () => ended.push('ended while it waited'),
  };
  sessions.set(1, session);
  ddp.close(session);
  assert.deepEqual(ended, ['ended', 'ended while it waited']);
  assert.equal(ddp.size, 0);
});

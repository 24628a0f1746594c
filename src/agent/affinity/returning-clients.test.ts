import assert from 'node:assert/strict';
import net from 'node:net';
import test from 'node:test';
import { connectionOf } from '../connection/connection.ts';
import type { DdpSession, DdpSessions } from '../sessions/ddp-sessions.ts';
import { ReturningClients } from './returning-clients.ts';

/** A session that a client of `browser` has over a WebSocket. */
function sessionOf(browser: string | undefined): DdpSession {
  const connection = new net.Socket();
  connectionOf(connection).browser = browser;
  return { socket: { url: '/sockjs/websocket', _session: { recv: { connection } } } };
}

test('who a session waits for comes back; who was told to go does not', () => {
  const sessions: DdpSession[] = [];
  const ddp = { all: () => sessions } as Partial<DdpSessions> as DdpSessions;
  const returning = new ReturningClients(ddp);
  const connect = (browser: string | undefined): DdpSession => {
    const session = sessionOf(browser);
    sessions.push(session);
    ddp.onConnected!(session);
    return session;
  };
  const [first, second, nobodys] = [connect('a'), connect('a'), connect(undefined)];
  assert.ok(!returning.comesBack('a') && !returning.comesBack(undefined), 'nobody is lost');
  first.socket = null;
  assert.ok(returning.comesBack('a') && !returning.comesBack('b') && !returning.comesBack(undefined));
  nobodys.socket = null;
  assert.ok(returning.comesBack(undefined));
  ddp.onClosing!(second);
  sessions.splice(1, 1);
  assert.ok(!returning.comesBack('a'), 'it is the one that was told to go');
  assert.ok(returning.comesBack('a'), 'and this one was not');
  assert.ok(returning.awaits('a'));
});

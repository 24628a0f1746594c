import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AgentMessage } from '../../protocol/messages.ts';
import { SessionRoll } from './session-roll.ts';
import { Sessions } from './sessions.ts';

test('what the hello has no room for is told in pieces', async () => {
  const sessions = new Sessions(1);
  const names = Array.from({ length: 2_500 }, (_, index) => `s${index}`);
  for (const name of names) sessions.opened(name);
  const told: AgentMessage[] = [];
  const link = { send: (message: AgentMessage) => told.push(message) };
  const roll = new SessionRoll(sessions);
  const hello = roll.begin();
  assert.deepEqual([hello.sessions.length, hello.more], [1_000, true]);
  roll.goOn(link);
  while (told.at(-1)?.type !== 'told') {
    // oxlint-disable-next-line no-await-in-loop -- until all are told
    await nextTurn();
  }
  const rest = told.flatMap((message) => (message.type === 'session' ? [message.session] : []));
  assert.deepEqual([...hello.sessions, ...rest], names);
  roll.goOn(link);
  assert.equal(told.length, 1_501, 'once');
});

test('a few are all in the hello', () => {
  const sessions = new Sessions(1);
  sessions.opened('a');
  assert.deepEqual(new SessionRoll(sessions).begin(), { sessions: ['a'], more: false });
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { mockTimeouts } from '../../../test/support/mock-clock.ts';
import { PlacementClient } from './placement-client.ts';
import { Sessions } from '../sessions/sessions.ts';
import { askPeer } from './peers.ts';

const session = '/sockjs/123/abcdefgh';
const folder = temporaryFolder('rad-placement-');

/** A peer that hears of each question by `asked`. */
async function sibling(t: TestContext, name: string, asked: (socket: net.Socket) => void): Promise<string> {
  const path = join(folder, name);
  const server = net.createServer((socket) => {
    socket.on('error', () => {}).once('data', () => asked(socket));
  });
  await once(server.listen(path), 'listening');
  t.after(() => server.close());
  return path;
}

/** The placement of worker 1, whom no supervisor answers. */
function alone(...others: { worker: number; siblings: string }[]): PlacementClient {
  const known = others.map((other) => ({
    ...other,
    slot: other.worker,
    release: '1',
    sessions: 0,
    takesSessions: false,
    open: true,
  }));
  const members = {
    self: 1,
    others: known,
    member: (worker: number) => known.find((each) => each.worker === worker),
  };
  return new PlacementClient({ send: () => {} }, members, new Sessions(1));
}

test('a sibling that has ended knows nothing', async () => {
  const known = await askPeer(join(folder, 'none'), { session });
  assert.deepEqual(known, { lives: false, wasLost: false });
});

test('without a supervisor a session is looked for until nobody is left who may have it', async (t) => {
  const pass = mockTimeouts(t);
  let questions = 0;
  const siblings = await sibling(t, 'busy', (socket) => {
    questions += 1;
    if (questions === 1) pass(1_000);
    else if (questions === 2) socket.destroy();
    else socket.end(JSON.stringify({ lives: true, wasLost: false }));
  });
  const gone = { worker: 3, siblings: join(folder, 'gone') };
  const found = new Promise((resolve) =>
    alone({ worker: 2, siblings }, gone).ask({ session, owner: null }, resolve),
  );
  pass(3_000);
  let settled = false;
  void found.then(() => (settled = true));
  // oxlint-disable-next-line no-unmodified-loop-condition -- set when it is found
  while (!settled) {
    // oxlint-disable-next-line no-await-in-loop -- until it has been asked again
    await nextTurn();
    pass(1);
  }
  assert.equal(await found, 2);
  assert.equal(questions, 3);
  const mine = new Promise((resolve) => alone(gone).ask({ session, owner: null }, resolve));
  pass(3_000);
  assert.equal(await mine, 1);
});

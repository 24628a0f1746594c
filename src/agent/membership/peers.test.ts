import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { listenForPeers } from './peers.ts';

const unexpected = (): never => assert.fail('no opening was sent');
const folder = temporaryFolder('siblings-');

for (const [how, first] of Object.entries({ nothing: '', 'half of its opening': '{"via":' })) {
  test(`who ends after it has said ${how} is not held`, async (t) => {
    const path = join(folder, `${first.length}.sock`);
    const server = listenForPeers(path, () => new net.Server(), {
      plain: unexpected,
      stream: unexpected,
      about: unexpected,
      handOver: unexpected,
    });
    t.after(() => server.close());
    await once(server, 'listening');
    const accepted = once(server, 'connection') as Promise<[net.Socket]>;
    net.connect(path).end(first);
    const [held] = await accepted;
    if (!held.closed) await once(held, 'close');
    assert.ok(held.destroyed);
  });
}

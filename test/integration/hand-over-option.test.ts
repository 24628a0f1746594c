import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../support/ddp-client.ts';
import { meteorBundle } from '../support/meteor-bundle.ts';
import { startRadiant } from '../support/radiant.ts';

const { path } = await meteorBundle();

for (const { said, closed } of [
  { said: {}, closed: false },
  { said: { args: ['--hand-over', 'false'] }, closed: true },
  { said: { env: { RADIANT_HAND_OVER: 'false' } }, closed: true },
]) {
  const text = JSON.stringify(said);
  test(`a restart ${closed ? 'has sessions reconnect' : 'hands sessions over'} with ${text}`, async (t) => {
    const app = await startRadiant({ app: path, ...said });
    t.after(() => app.stop());
    const client = await connect(app.url);
    const before = await client.call<{ pid: number }>('whoami');
    let isClosed = false;
    void client.closed.then(() => (isClosed = true));
    await app.control.restart({});
    if (closed) await client.closed;
    else assert.notEqual((await client.call<{ pid: number }>('whoami')).pid, before.pid);
    assert.equal(isClosed, closed);
    await client.close();
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { deaths, dieAndReturn, leftovers, troubles } from '../support/deaths.ts';
import { eventually } from '../support/eventually.ts';
import { startRadiant } from '../support/radiant.ts';
import { full } from '../support/full-size.ts';

const app = fileURLToPath(new URL('../fixtures/counting-app.cjs', import.meta.url));
const counts = full ? [1, 4, 12] : [2];

for (const workers of counts) {
  test(`an app with ${workers} workers comes back whoever is killed with whom, and says nothing of it`, async (t) => {
    // Nobody is refused while they start, however long that takes.
    const args = ['--kill-timeout', '2s', '--queue-timeout', '60s'];
    let running = await startRadiant({ app, workers, args });
    t.after(() => running.stop());
    for (const victims of deaths) {
      const again = (): Promise<typeof running> => startRadiant({ app, workers, args, at: running });
      // oxlint-disable-next-line no-await-in-loop -- one death after the other
      const recovery = await dieAndReturn(running, victims, again);
      ({ running } = recovery);
      const [answered, ready] = [recovery.answeredMs, recovery.readyMs].map((ms) => (ms / 1000).toFixed(1));
      t.diagnostic(`${victims.join(' + ')}: answered after ${answered} s, all ready after ${ready} s`);
      assert.deepEqual(recovery.refusals, [], victims.join(' + '));
      assert.deepEqual(troubles(running), [], victims.join(' + '));
    }
    await running.control.stop({});
    await eventually('nothing is left', () => leftovers(running).length === 0);
  });
}

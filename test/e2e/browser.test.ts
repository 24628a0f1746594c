import assert from 'node:assert/strict';
import test from 'node:test';
import { launchBrowser, Tab } from '../support/browser.ts';
import { runCommand } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { buildInstalled, meteorBundle } from '../support/meteor-bundle.ts';
import { startRadiant } from '../support/radiant.ts';
import { full } from '../support/full-size.ts';

const deploys = full ? 5 : 2;

/** Tabs that stay open while releases change: two in one browser, which share its cookies, and one in another. */
for (const transport of ['', 'xhr-polling']) {
  test(`open tabs load the page once for each deploy, ${transport || 'any transport'}`, async (t) => {
    const { path } = await meteorBundle();
    const app = await startRadiant({ app: path, workers: 2 });
    t.after(() => app.stop());
    const browser = await launchBrowser();
    t.after(() => browser.close());
    const [one, other] = [await browser.newContext(), await browser.newContext()];
    const url = transport === '' ? app.url : `${app.url}/?transport=${transport}`;
    const tabs = [await Tab.open(one, url), await Tab.open(one, url), await Tab.open(other, url)];
    await Promise.all(tabs.map((tab) => tab.shows('v1')));
    for (let deploy = 2; deploy <= deploys + 1; deploy += 1) {
      const before = tabs.map((tab) => tab.loads);
      // oxlint-disable no-await-in-loop -- one deploy after the other
      await buildInstalled({ out: path, release: `v${deploy}` });
      const { code, output } = await runCommand(app, ['deploy', path, '--no-watch']);
      assert.equal(code, 0, output);
      await Promise.all(tabs.map((tab) => tab.shows(`v${deploy}`)));
      const loads = await eventually('each tab has loaded its page', () => {
        const counts = tabs.map((tab, i) => tab.loads - before[i]!);
        return counts.every((count) => count > 0) ? counts : undefined;
      });
      // oxlint-enable no-await-in-loop
      t.diagnostic(`deploy ${deploy - 1}: page loads of each tab: ${loads.join(', ')}`);
      assert.deepEqual(loads, [1, 1, 1]);
    }
    assert.deepEqual(
      tabs.flatMap((tab) => tab.errors),
      [],
    );
  });
}

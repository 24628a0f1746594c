import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser } from '../support/browser.ts';
import { makeCertificate, tlsArgs } from '../support/certificates.ts';
import { runCommand } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { HttpLoad } from '../support/http-load.ts';
import { freePort, startRadiant, type RunningApp } from '../support/radiant.ts';
import { testFolder } from '../support/tiny-apps.ts';

const app = fileURLToPath(new URL('../../examples/node-app', import.meta.url));
const patience = 120_000;

/** A tab with the page, and all that it should not have done. */
class PageTab {
  readonly page: Page;
  readonly faults: string[] = [];

  private constructor(page: Page, origin: string) {
    this.page = page;
    page.setDefaultTimeout(patience);
    page.on('console', (message) => {
      // A stream that breaks off is reported by the browser itself: that is what the test does to it.
      const broken = /ERR_(?:INCOMPLETE_CHUNKED|CONNECTION|EMPTY_RESPONSE)/.test(message.text());
      if (message.type() === 'error' && !broken) this.faults.push(message.text());
    });
    page.on('pageerror', (error) => this.faults.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(origin)) this.faults.push(`asks for ${request.url()}`);
    });
  }

  static async open(browser: Browser, port: number, token: string, options: BrowserContextOptions = {}) {
    const context = await browser.newContext(options);
    const origin = `http://127.0.0.1:${port}`;
    const tab = new PageTab(await context.newPage(), origin);
    const { page } = tab;
    await page.goto(origin);
    await page.getByLabel('Token').fill(token);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('table').waitFor();
    return tab;
  }

  /** The rows of the workers, as text. */
  async rows(): Promise<string[]> {
    const rows = await this.page.locator('.workers tbody').getByRole('row').allInnerTexts();
    return rows.map((text) => text.replaceAll(/\s+/g, ' '));
  }

  async pids(): Promise<string[]> {
    return (await this.page.locator('.workers .pid').allInnerTexts()).toSorted();
  }

  /** Resolves when so many of these processes have been replaced. */
  async replaced(before: readonly string[], count: number): Promise<void> {
    await eventually(
      `${count} of ${before.join()} are replaced`,
      async () => {
        const pids = await this.pids();
        return pids.length === before.length && pids.filter((pid) => !before.includes(pid)).length === count;
      },
      patience,
    );
  }

  /** Resolves when something of the page reads so. */
  async shows(text: string | RegExp, where = 'body'): Promise<void> {
    await this.page.locator(where).getByText(text).first().waitFor();
  }

  async press(name: string | RegExp): Promise<void> {
    await this.page.getByRole('button', { name, exact: typeof name === 'string' }).click();
  }
}

async function started(
  workers: number,
  args: string[] = [],
): Promise<{ running: RunningApp; port: number; token: string }> {
  const port = await freePort();
  const running = await startRadiant({ app, workers, args: ['--admin', String(port), ...args] });
  const file = join(running.home, 'state', running.name, 'admin-token');
  return { running, port, token: (await readFile(file, 'utf8')).trim() };
}

test('an operator watches and steers an app from the page', { timeout: 600_000 }, async (t) => {
  const { running, port, token } = await started(2);
  t.after(() => running.stop());
  const browser = await launchBrowser();
  t.after(() => browser.close());
  const tab = await PageTab.open(browser, port, token);
  const { page } = tab;

  await t.test('each worker has a row, and its numbers are live', async () => {
    await tab.shows('2 of 2 ready');
    assert.equal((await tab.rows()).length, 2);
    assert.equal(await page.locator('.certificates').count(), 0, 'there is no HTTPS');
    const load = new HttpLoad(`${running.url}/api/whoami`, { keepAlive: 2, fresh: 0 }, 5);
    t.after(() => load.stop());
    const rates = page.locator('.workers td:nth-child(6) b');
    await rates.filter({ hasText: /[1-9]/ }).first().waitFor();
    await load.stop();
    assert.match(await page.title(), /^app · 2\/2$/);
  });

  await t.test('it says that visitors get the maintenance page, as long as they do', async () => {
    const request = { retryAfter: 300, close: false };
    await running.control.maintain({ ...request, on: true });
    await tab.shows('maintenance page is up', 'header');
    await running.control.maintain({ ...request, on: false });
    await page.locator('header').getByText('maintenance page is up').waitFor({ state: 'detached' });
  });

  await t.test('it restarts them, after a question that Escape answers with no', async () => {
    const before = await tab.pids();
    await tab.press('Restart');
    const dialog = page.getByRole('dialog', { name: 'Restart 2 workers?' });
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Restart');
    assert.deepEqual(await tab.pids(), before);
    await page.keyboard.press('Enter');
    await dialog.waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await tab.shows('2 workers restarted', '.notes');
    await tab.replaced(before, 2);
    await tab.shows('Restart', '.history');
  });

  await t.test('it scales up at once, and down and drains after a question', async () => {
    await tab.press('One worker more');
    await tab.shows('3 workers now', '.notes');
    await tab.shows('3 of 3 ready');
    await tab.press('One worker less');
    await page.getByRole('dialog').getByRole('button', { name: 'Scale down' }).click();
    await tab.shows('2 workers now', '.notes');
    await page.locator('.workers tbody tr').nth(2).waitFor({ state: 'detached' });
    const before = await tab.pids();
    await tab.press('Replace worker 2');
    await page.getByRole('dialog').getByRole('button', { name: 'Replace' }).click();
    await tab.shows('Worker 2 was replaced', '.notes');
    await tab.replaced(before, 1);
  });

  await t.test('it shows a deploy, and goes back from it', async () => {
    const settings = join(await testFolder(t), 'settings.json');
    await writeFile(settings, '{"public":{"release":2}}');
    const deployed = runCommand(running, ['deploy', '--settings', settings, '--watch', '10m']);
    await tab.shows(/^Release 2/, '.rollout');
    assert.equal((await deployed).code, 0, (await deployed).output);
    await page.locator('.releases .current', { hasText: 'settings.json' }).waitFor();
    await tab.shows('Watched', '.rollout .now');
    await tab.press('Put release 1 in place');
    await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click();
    await tab.shows('Release 1 serves', '.notes');
    assert.equal((await running.status()).release, 1);
    await page.locator('.releases .current .number', { hasText: '1' }).waitFor();
    await tab.shows('Release 1: new visitors get it', '.history');
    assert.deepEqual(
      await page.locator('.history .text').evaluateAll((all) =>
        all
          .map((one) => one.textContent)
          .filter((text) => /release/i.test(text))
          .toReversed(),
      ),
      [
        'Deploy of release 2',
        'Release 2: new visitors get it',
        'Rollback to release 1',
        'Release 1: new visitors get it',
      ],
    );
  });

  await t.test('what the app cannot do is said, and stays until it was read', async () => {
    await page.route('**/actions/scale', (route) =>
      route.fulfill({
        status: 409,
        json: { error: { code: 'OPERATION_FAILED', message: 'No room', remedy: 'Buy a machine' } },
      }),
    );
    await tab.press('One worker more');
    await tab.shows('No room', '.said.bad');
    await tab.shows('Buy a machine', '.said.bad');
    await page.locator('.said.bad').getByRole('button', { name: 'Dismiss' }).click();
    await page.locator('.said.bad').waitFor({ state: 'detached' });
    await page.unroute('**/actions/scale');
    tab.faults.splice(0); // the browser reports the 409 too
  });

  await t.test('it comes back by itself when the supervisor dies, and nothing is missing', async () => {
    const texts = page.locator('.history .text');
    const happened = await texts.allInnerTexts();
    await page.evaluate(`{
      const connection = document.querySelector('.connection');
      window.connections = [];
      new MutationObserver(() => window.connections.push(connection.textContent))
        .observe(connection, { subtree: true, characterData: true, childList: true });
    }`);
    const { supervisor } = await running.status();
    process.kill(supervisor.pid, 'SIGKILL');
    await tab.shows(/supervisor took over/, '.history');
    await page.locator('.connection', { hasText: /^live$/ }).waitFor();
    const connections = await page.evaluate<string[]>('window.connections');
    assert.match(connections[0] ?? '', /^reconnecting … \(as of \d\d:\d\d:\d\d\)$/);
    const again = await texts.allInnerTexts();
    assert.deepEqual(again.slice(-happened.length), happened);
    // Its workers are being replaced: for a while there are more.
    await eventually('two workers are left', async () => (await tab.rows()).length === 2, patience);
  });

  assert.deepEqual(tab.faults, []);

  await t.test('logging out ends in front of the login', async () => {
    await tab.press('Log out');
    await page.getByLabel('Token').waitFor();
    await page.goto(`http://127.0.0.1:${port}/`);
    assert.match(page.url(), /\/login$/);
  });
});

const views: [name: string, options: BrowserContextOptions][] = [
  ['light', { colorScheme: 'light', viewport: { width: 1440, height: 900 } }],
  ['dark', { colorScheme: 'dark', viewport: { width: 1440, height: 900 } }],
  ['phone', { colorScheme: 'light', viewport: { width: 360, height: 740 }, reducedMotion: 'reduce' }],
];

test('everybody can use the page', { timeout: 600_000 }, async (t) => {
  const pair = makeCertificate(await testFolder(t), 'shop', 'shop.test', 'www.shop.test');
  const nobody = `https://127.0.0.1:${await freePort()}/directory`;
  const acme = ['--acme-domain', 'blog.test', '--acme-agree-tos', '--acme-directory', nobody];
  const { running, port, token } = await started(1, [...tlsArgs(pair), ...acme]);
  t.after(() => running.stop());
  const browser = await launchBrowser();
  t.after(() => browser.close());
  for (const [name, options] of views) {
    // oxlint-disable-next-line no-await-in-loop -- one tab after the other
    await t.test(name, async () => {
      const { page } = await PageTab.open(browser, port, token, options);
      await page.getByRole('img', { name: /^Requests/ }).waitFor();
      await page.getByText(/^no new one at .*ECONNREFUSED/).waitFor();
      await page.evaluate(axe.source);
      const found = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
        'axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })',
      );
      const violations = found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`);
      assert.deepEqual(violations, []);
      const width = await page.evaluate<number>('document.documentElement.scrollWidth');
      assert.ok(width <= options.viewport!.width, `nothing is wider than the screen: ${width}`);
      await page.context().close(); // each that stays open goes on drawing
    });
  }

  await t.test('to a screen reader', async () => {
    const { page } = await PageTab.open(browser, port, token);
    await page.getByRole('img', { name: /^Memory: now/ }).waitFor();
    const snapshot = await page.locator('main').ariaSnapshot();
    assert.match(snapshot, /- heading "Workers" \[level=2\]/);
    assert.match(snapshot, /- columnheader "Event loop"/);
    assert.match(snapshot, /- rowheader "(?:Worker )?1"/);
    assert.match(
      snapshot,
      /shop\.test, www\.shop\.test valid until \d+ \w+ 20\d\d · by shop · from .*shop\.pem/,
    );
    assert.match(snapshot, /blog\.test none yet asked for next/);
    assert.match(snapshot, /img "Memory: now \d+ MB, lowest \d+ MB, mean \d+ MB, highest \d+ MB"/);
    assert.match(snapshot, /- radio "1 hour" \[checked\]/);
    assert.match(snapshot, /- log "Log"/);
    assert.match(snapshot, /- searchbox "Filter the log by text"/);
  });
});

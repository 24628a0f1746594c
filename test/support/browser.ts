import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { eventually } from './eventually.ts';

/** Debian's. Nothing that it would fetch by itself is there in a test. */
const executablePath = '/usr/bin/chromium';
const quiet = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** Milliseconds, on a machine that is busy. */
const patience = 120_000;

export const launchBrowser = (...args: string[]): Promise<Browser> =>
  chromium.launch({ executablePath, args: [...quiet, ...args], timeout: patience });

/** A tab with the example app's page, and what a person would have seen in it. */
export class Tab {
  readonly page: Page;
  /** How often the page was loaded. */
  loads = 0;
  /** What the browser's console has complained of. */
  readonly errors: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(patience);
    page.on('load', () => (this.loads += 1));
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(`${message.text()} ${message.location().url}`);
    });
    page.on('pageerror', (error) => this.errors.push(error.message));
  }

  static async open(context: BrowserContext, url: string): Promise<Tab> {
    const tab = new Tab(await context.newPage());
    await tab.page.goto(url);
    return tab;
  }

  /** Resolves when the page shows that it is of this release, and connected. */
  async shows(release: string): Promise<void> {
    const look = (): Promise<string> =>
      // A reload in the middle of the question is no answer.
      this.page
        .evaluate<string>(
          "document.body.dataset.status + ' ' + document.getElementById('release').textContent",
        )
        .catch(() => 'between two pages');
    await eventually(
      `the page is of ${release}`,
      async () => (await look()) === `connected ${release}`,
      patience,
    );
  }
}

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { WebSocket } from 'ws';
import { launchBrowser } from '../test/support/browser.ts';
import { runCommand } from '../test/support/command.ts';
import { HttpLoad } from '../test/support/http-load.ts';
import { buildInstalled, meteorBundle } from '../test/support/meteor-bundle.ts';
import { freePort, startRadiant, type RunningApp } from '../test/support/radiant.ts';

// Makes the pictures of docs/images from the example app under load: `npm run screenshots -- [FOLDER]`. Takes five
// minutes: what the charts show has happened.

const out = process.argv[2] ?? join(import.meta.dirname, '..', 'docs', 'images');

interface View {
  name: string;
  scheme: 'light' | 'dark';
  width: number;
  height: number;
}

const desktop = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };

/** The machine's own font where a browser of a desktop has a better one. */
function useInter(): void {
  if (!spawnSync('fc-list').stdout?.toString().includes('Inter')) return;
  const file = join(mkdtempSync(join(tmpdir(), 'rad-fonts-')), 'fonts.conf');
  const matches = ['system-ui', 'sans', 'sans-serif'].map(
    (family) => `<match target="pattern"><test name="family"><string>${family}</string></test>
<edit name="family" mode="prepend" binding="strong"><string>Inter</string></edit></match>`,
  );
  writeFileSync(
    file,
    `<?xml version="1.0"?><fontconfig><include>/etc/fonts/fonts.conf</include>${matches.join('')}</fontconfig>`,
  );
  process.env.FONTCONFIG_FILE = file;
}

class Stage {
  readonly app: RunningApp;
  readonly bundle: string;
  readonly #port: number;
  readonly #token: string;
  readonly #sockets: WebSocket[] = [];

  private constructor(app: RunningApp, bundle: string, port: number) {
    this.app = app;
    this.bundle = bundle;
    this.#port = port;
    this.#token = readFileSync(join(app.home, 'state', app.name, 'admin-token'), 'utf8').trim();
  }

  static async open(name: string, workers: number): Promise<Stage> {
    const port = await freePort();
    const { path } = await meteorBundle();
    const args = ['--admin', String(port), '--root-url', 'https://shop.example.com'];
    const env = { METEOR_PRINT_ON_LISTEN: '1' };
    return new Stage(await startRadiant({ app: path, name, workers, args, env }), path, port);
  }

  /** WebSockets that stay open, and connect again when they are moved. */
  sessions(count: number): void {
    for (let i = 0; i < count; i += 1) this.#connect(i);
  }

  #connect(index: number): void {
    const socket = new WebSocket(`${this.app.url.replace('http', 'ws')}/websocket`);
    socket.on('error', () => {});
    socket.on('close', () => setTimeout(() => this.#connect(index), 200).unref());
    this.#sockets[index] = socket;
  }

  async page(browser: Browser, { scheme, width, height }: View, minutes: string): Promise<Page> {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme });
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${this.#port}/login`);
    await page.getByLabel('Token').fill(this.#token);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('table').waitFor();
    await page.getByText(minutes, { exact: true }).click();
    return page;
  }

  async shoot(browser: Browser, view: View, minutes = '5 min'): Promise<void> {
    const page = await this.page(browser, view, minutes);
    await wait(4_000); // rates are taken over three seconds
    await page.screenshot({ path: join(out, `page-${view.name}.png`) });
    await page.context().close();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.removeAllListeners('close').terminate();
    await this.app.stop();
  }
}

/** Load that rises and falls a little: nobody's users come at an even pace. */
async function waves(url: string, ended: AbortSignal): Promise<void> {
  for (let i = 0; !ended.aborted; i += 1) {
    const keepAlive = 6 + Math.round(5 * Math.sin(i / 3)) + (i % 3);
    const load = new HttpLoad(`${url}/api/whoami`, { keepAlive, fresh: 2 }, 15);
    // oxlint-disable-next-line no-await-in-loop -- one wave after the other
    await wait(8_000);
    // oxlint-disable-next-line no-await-in-loop
    await load.stop();
  }
}

async function busy(browser: Browser): Promise<void> {
  const stage = await Stage.open('shop', 4);
  const { app, bundle } = stage;
  await stage.shoot(browser, { name: 'idle', scheme: 'light', ...desktop });
  const ended = new AbortController();
  const load = waves(app.url, ended.signal);
  stage.sessions(240);
  await wait(45_000);
  const [, , third] = (await app.status()).workers;
  process.kill(third!.pid!, 'SIGKILL');
  await wait(35_000);
  await app.control.scale({ workers: 5 });
  await wait(30_000);
  await buildInstalled({ out: bundle, release: 'v2' });
  const deploy = runCommand(app, ['deploy', bundle, '--watch', '50s']);
  await (
    await app.event((event) => event.type === 'rollout' && event.step === 'draining')
  ).seen;
  await stage.shoot(browser, { name: 'deploy', scheme: 'light', ...desktop });
  await deploy;
  await wait(40_000);
  await stage.shoot(browser, { name: 'light', scheme: 'light', ...desktop });
  await stage.shoot(browser, { name: 'dark', scheme: 'dark', ...desktop });
  await stage.shoot(browser, { name: 'phone', scheme: 'dark', ...phone });
  ended.abort();
  await load;
  await stage.close();
}

async function many(browser: Browser): Promise<void> {
  const stage = await Stage.open('shop', 16);
  const ended = new AbortController();
  const load = waves(stage.app.url, ended.signal);
  stage.sessions(400);
  await wait(50_000);
  await stage.shoot(browser, { name: '16', scheme: 'dark', ...desktop });
  ended.abort();
  await load;
  await stage.close();
}

mkdirSync(out, { recursive: true });
useInter();
const browser = await launchBrowser();
await busy(browser);
await many(browser);
await browser.close();

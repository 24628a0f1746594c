import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { moderateLoad } from '../bench/soak-load.ts';
import { meteorBundle } from '../test/support/meteor-bundle.ts';
import { Pty } from '../test/support/pty.ts';
import { programPath } from '../src/installation.ts';
import { startRadiant } from '../test/support/radiant.ts';
import { screenSvg } from './screen-svg.ts';

/** `node scripts/top-picture.ts`: the picture of `radiant top` in the README, of the example app under load. */
const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(root, 'docs', 'images', 'top.svg') },
    seconds: { type: 'string', default: '60' },
  },
});

const bundle = await meteorBundle();
const app = await startRadiant({ app: bundle.path, workers: 4 });
const cookies = ['radiant-app=1.1', 'radiant-app=2.1', 'radiant-app=3.1', 'radiant-app=4.1', ''];
const load = moderateLoad(app.port, cookies);
const pty = new Pty(
  [process.execPath, programPath('cli'), 'top', '--name', app.name],
  { columns: 104, rows: 22 },
  { RADIANT_HOME: app.home, LANG: 'C.UTF-8' },
);
try {
  await pty.shows(/4\/4 ready/);
  // Work that comes and goes, so that the picture shows how that looks.
  const busy = setInterval(() => {
    const ms = 50 + Math.round(350 * Math.abs(Math.sin(performance.now() / 9000)));
    void fetch(`${app.url}/api/block?ms=${ms}`).catch(() => {});
  }, 700);
  await delay(Number(values.seconds) * 500);
  pty.type('jd');
  await delay(Number(values.seconds) * 500);
  clearInterval(busy);
  await mkdir(dirname(values.out), { recursive: true });
  await writeFile(values.out, screenSvg(pty.terminal));
} finally {
  pty.kill();
  load.stop();
  await app.stop();
}

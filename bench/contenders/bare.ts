import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../test/support/radiant.ts';
import { noCookies, type Contender, type Site } from '../contender.ts';

const httpsApp = fileURLToPath(new URL('https-app.cjs', import.meta.url));

async function startBare({ lab, app }: Site): Promise<{ pid: number; port: number }> {
  const port = await freePort();
  const { certificate: pair } = app;
  const secure = pair && [httpsApp, resolve(app.cwd, app.script), pair.cert, pair.key];
  const pid = await lab.start({
    program: process.execPath,
    args: secure ?? [app.script],
    cwd: app.cwd,
    env: { ...app.env, PORT: String(port), ROOT_URL: `http://127.0.0.1:${port}/` },
    ready: { port },
  });
  return { pid, port };
}

/** The app as it is: one process. All others are compared with it. */
export const bare: Contender = {
  name: 'bare app',
  async start(site) {
    const { pid, port } = await startBare(site);
    return { ports: [port], roots: [pid], cookies: noCookies };
  },
};

/**
 * As many bare apps as the others have workers, each on a port of its own: what the same number of processes costs
 * when nobody has to share anything.
 */
export const bareEach: Contender = {
  name: 'bare app × workers',
  async start(site) {
    const apps = await Promise.all(Array.from({ length: site.workers }, () => startBare(site)));
    return { ports: apps.map(({ port }) => port), roots: apps.map(({ pid }) => pid), cookies: noCookies };
  },
};

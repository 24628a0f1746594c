import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../test/support/radiant.ts';
import { noCookies, type Contender } from '../contender.ts';

const script = fileURLToPath(new URL('cluster-app.cjs', import.meta.url));

/** The app under node:cluster, with its default schedule: the primary accepts and sends each connection on. */
export const nodeCluster: Contender = {
  name: 'node:cluster',
  async start({ lab, app, workers }) {
    const port = await freePort();
    const pid = await lab.start({
      program: process.execPath,
      args: [script, resolve(app.cwd, app.script), String(workers)],
      cwd: app.cwd,
      env: { ...app.env, PORT: String(port), ROOT_URL: `http://127.0.0.1:${port}/` },
      ready: /every worker listens/,
    });
    return { ports: [port], roots: [pid], cookies: noCookies };
  },
};

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildBundle } from '../examples/meteor-app/build/bundle.ts';
import type { App } from './contender.ts';
import type { Lab } from './lab.ts';

const nodeApp = fileURLToPath(new URL('../examples/node-app', import.meta.url));

export type MakeApp = (lab: Lab) => Promise<App>;

export const plainApp: MakeApp = async () => ({
  script: 'server.js',
  cwd: nodeApp,
  radiant: nodeApp,
  env: {},
});

/** The Meteor example as a bundle for the Node that runs this, with its packages installed. */
export const meteorApp: MakeApp = async (lab) => {
  const out = join(await lab.folder(), 'bundle');
  await buildBundle({ out, release: 'bench', node: process.versions.node, install: true });
  return { script: 'main.js', cwd: out, radiant: out, env: {} };
};

import { join } from 'node:path';

/**
 * What runs as a process of its own, each bundled into one file of the `dist` folder, and the module that it begins
 * with. Together they are all that is installed: what they use of other packages is in them.
 */
export const programs = {
  cli: 'cli/main',
  keeper: 'keeper/main',
  foreground: 'cli/lifecycle/foreground-main',
  'socket-sender': 'keeper/deliver',
  'socket-receiver': 'keeper/receive',
  supervisor: 'supervisor/main',
  'acme-client': 'acme/main',
  'config-reader': 'adopt/evaluate',
  inspector: 'inspector/main',
} as const;

export type Program = keyof typeof programs;

/** The folder of this package, or of this checkout: `dist`, where this module runs, and `src` are both just below it. */
export const installation = join(import.meta.dirname, '../');

const built = (file: string): string => `${installation}dist/${file}`;

export const programPath = (program: Program): string => built(`${program}.cjs`);

/** What workers load before the app. */
export const agentPath = built('agent.cjs');

/** The page for operators. */
export const dashboardFolder = built('dashboard');

/** What a configuration file imports as `radiant`. */
export const publicModule = built('index.js');

/** Radiant's own package.json. */
export const packageFile = `${installation}package.json`;

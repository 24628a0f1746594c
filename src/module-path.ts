import { fileURLToPath } from 'node:url';

/** The extension that this project's modules have: `.ts` in a checkout, `.js` in the package. */
const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

/** The file of one of our modules, named from `src`: for a process of its own. */
export const modulePath = (module: string): string =>
  fileURLToPath(new URL(`./${module}${extension}`, import.meta.url));

/** The agent, which is always built. */
export const agentPath = fileURLToPath(
  new URL(extension === '.ts' ? '../dist/agent.cjs' : './agent.cjs', import.meta.url),
);

/** The page for operators, which is built too. */
export const dashboardFolder = fileURLToPath(
  new URL(extension === '.ts' ? '../dist/dashboard' : './dashboard', import.meta.url),
);

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build, type BuildOptions, type Plugin } from 'esbuild';
import {
  agentPath,
  dashboardFolder,
  programPath,
  programs,
  publicModule,
  type Program,
} from '../../src/installation.ts';

/** The oldest Node that apps run on, and the oldest that Radiant itself runs on. */
const [oldestOfApps, oldestOfOurs] = ['node14.17', 'node22.18'];

const together = { bundle: true, logLevel: 'warning', metafile: true } satisfies BuildOptions;

/** CommonJS: Node's own modules cost 3 MB less than as ES modules, and none is loaded before it is needed. */
const commonJs = { ...together, platform: 'node', format: 'cjs' } satisfies BuildOptions;

export const agent = {
  ...commonJs,
  entryPoints: ['src/agent/main.ts'],
  outfile: agentPath,
  target: oldestOfApps,
} satisfies BuildOptions;

/** A third of the command's code, and seldom needed: files of their own, which are read when it comes to that. */
const large = ['tar', 'yaml'];

const apart: Plugin = {
  name: 'apart',
  setup: ({ onResolve }) =>
    onResolve({ filter: new RegExp(`^(${large.join('|')})$`) }, ({ path, kind }) =>
      kind === 'entry-point' ? undefined : { path: `./${path}.cjs`, external: true },
    ),
};

const ours = { ...commonJs, target: oldestOfOurs, mainFields: ['module', 'main'] } satisfies BuildOptions;

const packageApart = (name: string): BuildOptions => ({
  ...ours,
  entryPoints: [name],
  outfile: join(dirname(agentPath), `${name}.cjs`),
});

export const program = (name: Program): BuildOptions => ({
  ...ours,
  entryPoints: [`src/${programs[name]}.ts`],
  outfile: programPath(name),
  plugins: [apart],
  define: { 'import.meta.dirname': '__dirname' },
});

/** What configuration files import as `radiant`. */
const library = {
  ...together,
  entryPoints: ['src/index.ts'],
  outfile: publicModule,
  platform: 'node',
  format: 'esm',
  target: oldestOfOurs,
} satisfies BuildOptions;

/** The page for operators, for the browsers of the last three years. */
const page = {
  ...together,
  entryPoints: ['page.tsx', 'page.css', 'icon.svg', 'licenses.txt'].map((file) => `src/dashboard/${file}`),
  outdir: dashboardFolder,
  entryNames: '[name]',
  minify: true,
  format: 'esm',
  target: ['es2022', 'chrome111', 'firefox115', 'safari16.4'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  loader: { '.svg': 'copy', '.txt': 'copy' },
  legalComments: 'eof',
} satisfies BuildOptions;

/**
 * Builds all that runs; resolves with the files that it was built from. A file is replaced in one step, and only where it
 * has changed: an app of this checkout may be starting a process from it.
 */
export async function buildAll(): Promise<string[]> {
  const names = Object.keys(programs) as Program[];
  const all = [agent, ...names.map(program), ...large.map(packageApart), library, page];
  const results = await Promise.all(
    all.map((options) => build({ ...options, metafile: true, write: false })),
  );
  for (const { path, contents } of results.flatMap(({ outputFiles }) => outputFiles)) put(path, contents);
  return results.flatMap(({ metafile }) => Object.keys(metafile.inputs));
}

function put(path: string, contents: Uint8Array): void {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.new`;
  writeFileSync(draft, contents);
  renameSync(draft, path);
}

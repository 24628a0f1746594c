import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isFolder } from '../../bundle/source/files.ts';
import { suggestion } from '../../common/suggest.ts';
import { RadiantError, reasonOf } from '../../common/errors.ts';
import type { Exported } from '../../export/text.ts';
import { belowOptions, exportDocker, exportSystemd } from './export-below.ts';
import { exportHaproxy, exportNginx, proxyOptions } from './export-proxy.ts';
import { sourceOf, type Source } from './export-source.ts';
import { startOptions } from '../verb/app-options.ts';
import type { Invocation, Verb } from '../verb/verb.ts';
import { readTextFile } from '../../common/text-file.ts';

type Target = (source: Source, invocation: Invocation) => Promise<Exported>;

/** What can be exported. */
const targets: Readonly<Record<string, Target>> = {
  nginx: exportNginx,
  haproxy: exportHaproxy,
  systemd: exportSystemd,
  docker: exportDocker,
};

export const exporter: Verb = {
  name: 'export',
  summary: 'Write configuration for what stands around an app',
  args: [Object.keys(targets).join('|'), '[app]'],
  options: {
    out: {
      summary: 'Write to this file instead of printing; where there are several, to this folder',
      placeholder: 'FILE',
      short: 'o',
    },
    force: { summary: 'Replace files that are there and were not made by `radiant export`' },
    ...startOptions(),
    // After the app's own: a certificate given here is that of whoever stands in front.
    ...proxyOptions,
    ...belowOptions,
  },
  examples: [
    'export nginx --server-name shop.example.com --out /etc/nginx/conf.d/shop.conf',
    'export systemd ./bundle --name shop --port 80 --out /etc/systemd/system',
    'export nginx --name shop --tls-cert chain.pem --tls-key key.pem --flavor classic',
  ],
  run: async (invocation) => {
    const { args, terminal, flags, cwd } = invocation;
    const make = targetOf(args[0]!);
    const { files, before, place, after } = await make(await sourceOf(withAppFlags(invocation)), invocation);
    const steps = [...before];
    if (typeof flags.out === 'string') {
      const out = resolve(cwd, flags.out);
      const paths = await writeAll(out, files, flags.force === true);
      for (const path of paths) terminal.complain(`${path} is written.`);
      steps.push(...after(paths.length === 1 ? paths[0]! : out));
    } else {
      for (const part of printed(files)) terminal.print(part);
      steps.push(`Write ${written(files)} to ${place} (--out does).`, ...after(place));
    }
    terminal.complain(['', 'What to do next:', ...steps.map((step) => `- ${step}`)].join('\n'));
    return 0;
  },
};

/** The flags that describe the app; those of what stands around it may have the same names. */
function withAppFlags(invocation: Invocation): Invocation {
  const flags = Object.entries(invocation.flags).filter(
    ([name]) => !Object.hasOwn({ ...proxyOptions, ...belowOptions }, name),
  );
  return { ...invocation, flags: Object.fromEntries(flags) };
}

function targetOf(name: string): Target {
  const target = Object.hasOwn(targets, name) ? targets[name] : undefined;
  if (target !== undefined) return target;
  const names = Object.keys(targets);
  throw new RadiantError(
    'USAGE',
    `export: nothing is known of "${name}"${suggestion(name, names)}`,
    `It can be ${names.join(', ')}`,
  );
}

/** One file is printed as it is; several have their names above them. */
function printed(files: Exported['files']): string[] {
  const all = Object.entries(files);
  return all.map(([name, text]) => (all.length === 1 ? '' : `# ---- ${name} ----\n`) + text.trimEnd());
}

function written(files: Exported['files']): string {
  const names = Object.keys(files);
  return names.length === 1 ? 'it' : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** Returns the paths. Several files, or one for a folder that is there, keep their names. Errors: STATE, CONFIG. */
async function writeAll(out: string, files: Exported['files'], force: boolean): Promise<string[]> {
  const all = Object.entries(files);
  const toFolder = all.length > 1 || (await isFolder(out));
  const paths = all.map(([name]) => (toFolder ? join(out, name) : out));
  for (const path of paths) {
    // oxlint-disable-next-line no-await-in-loop -- a few
    if (force || (await isOurs(path))) continue;
    throw new RadiantError(
      'CONFIG',
      `${path} is there already, and was not made by \`radiant export\``,
      'Choose another place with --out, or look at it: --force replaces it',
    );
  }
  try {
    if (toFolder) await mkdir(out, { recursive: true });
    await Promise.all(all.map(([, text], i) => writeFile(paths[i]!, text, { mode: 0o644 })));
    return paths;
  } catch (error) {
    const message = `${out} cannot be written: ${reasonOf(error)}`;
    throw new RadiantError('STATE', message, 'Choose another place with --out, or become its owner');
  }
}

/** Nothing is there, or what was exported before. */
async function isOurs(path: string): Promise<boolean> {
  const text = await readTextFile(path).catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' || error.code === 'ENOTDIR' ? undefined : '',
  );
  return text === undefined || text.slice(0, 300).includes('Made by `radiant export');
}

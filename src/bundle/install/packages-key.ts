import { createHash } from 'node:crypto';
import { dirname, join, posix } from 'node:path';
import { readTextFile } from '../../common/text-file.ts';
import { runCommand } from '../../node/command.ts';
import type { ResolvedNpm } from '../../node/resolve-npm.ts';
import type { Account } from '../account/account.ts';
import { asAccount } from '../account/as-account.ts';
import { isBelow } from '../copy/linkable.ts';
import { contentOfFile, type Entry } from '../copy/tree.ts';
import type { Delivered } from './packages.ts';

/** What the packages that npm makes depend on. `node` as `nodeFacts` tells it. */
export interface PackagesInput extends Delivered {
  node: string | undefined;
  npm: ResolvedNpm;
  flags: readonly string[];
  /** The environment of npm. */
  env: NodeJS.ProcessEnv;
  account: Account | undefined;
}

/** Read by npm and by the script of Meteor that has it rebuild packages. */
const described = /^(?:package\.json|package-lock\.json|\.npmrc|npm-[^/]*)$/;
const configuring =
  /^(?:npm_config_.*|METEOR_SKIP_NPM_REBUILD|NODE_ENV|CC|CXX|AR|LD|PYTHON|MAKEFLAGS|[A-Z]+FLAGS)$/i;
const localInPackage = /"\s*:\s*"((?:file:|link:|\.{1,2}\/|~\/|\/)[^"]*)"/g;
const localInLock = /"((?:file:|link:)[^"]*)"/g;

/**
 * The same for what would give the same packages. Undefined where that cannot be told: they come from folders outside of
 * the bundle.
 */
export async function packagesKey(input: PackagesInput): Promise<string | undefined> {
  const { npm, node, flags, env, account, delivered } = input;
  const sources = await sourcesOf(input);
  if (sources === undefined || node === undefined) return undefined;
  const configuration = Object.entries(env).filter(([name]) => configuring.test(name));
  const facts = {
    node,
    npm: npm.version,
    flags,
    configuration: configuration.toSorted(([a], [b]) => (a < b ? -1 : 1)),
    files: await asAccount(account, async () => configurationFiles(npm, env).map(hashOf)),
    user: account === undefined ? [process.geteuid?.(), process.getegid?.()] : [account.uid, account.gid],
    sources: sources.map((path) => [path, ...contentOf(delivered.get(path)!)]),
  };
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

const contentOf = (entry: Entry): unknown[] => {
  if (entry.kind === 'link') return ['link', entry.target];
  return entry.kind === 'folder' ? ['folder'] : [entry.sha256, (entry.mode & 0o111) !== 0];
};

/** Its version, what native packages are built for, and the C library. */
export async function nodeFacts(nodePath: string, account: Account | undefined): Promise<string | undefined> {
  const script =
    'var r = process.report; if (r) r.excludeNetwork = true; JSON.stringify([process.version, process.versions.modules, ' +
    "process.platform, process.arch, r ? r.getReport().header.glibcVersionRuntime || '' : ''])";
  const { code, stdout } = await runCommand(nodePath, ['-p', script], {
    env: { ...process.env, NODE_OPTIONS: '' },
    as: account,
    timeout: 30_000,
  });
  return code === 0 ? stdout.trim() : undefined;
}

/** https://docs.npmjs.com/cli/v10/configuring-npm/npmrc; that of the bundle is one of its files. */
function configurationFiles({ cli }: ResolvedNpm, env: NodeJS.ProcessEnv): string[] {
  const own = env.npm_config_userconfig ?? (env.HOME === undefined ? undefined : join(env.HOME, '.npmrc'));
  const builtin = join(dirname(cli), '..', 'npmrc');
  return [own, env.npm_config_globalconfig, builtin].filter((file) => file !== undefined);
}

function hashOf(file: string): string | undefined {
  try {
    return contentOfFile(file).sha256;
  } catch {
    return undefined; // there is none, or npm cannot read it either
  }
}

/** The delivered files that npm and the scripts of the server read, as far as these name them. */
async function sourcesOf({
  folder,
  delivered,
  rebuilt,
  account,
}: PackagesInput): Promise<string[] | undefined> {
  const read = (name: string): Promise<string> =>
    delivered.get(name)?.kind === 'file'
      ? asAccount(account, () => readTextFile(join(folder, name)))
      : Promise.resolve('');
  const text = await read('package.json');
  const locks = [await read('npm-shrinkwrap.json'), await read('package-lock.json')];
  const named = [
    ...[...text.matchAll(localInPackage)].map(([, spec]) => spec!),
    ...locks.flatMap((lock) => [...lock.matchAll(localInLock)].map(([, spec]) => spec!)),
  ].map((spec) => posix.normalize(spec.replace(/^(?:file|link):/, '')).replace(/\/$/, ''));
  if (named.some((path) => !delivered.has(path))) return undefined;
  const scripts = scriptWords(text).map((word) => posix.normalize(word));
  const folders = [...rebuilt, ...named, ...scripts.filter((word) => word !== '.')];
  const isSource = (path: string): boolean =>
    described.test(path) || folders.some((each) => isBelow(path, each));
  return [...delivered.keys()].filter(isSource).toSorted();
}

/** The words of the scripts in a package.json; some of them are files. */
function scriptWords(text: string): string[] {
  try {
    const { scripts } = JSON.parse(text) as { scripts?: Record<string, unknown> };
    return Object.values(scripts ?? {})
      .flatMap((script) => String(script).split(/[\s;&|'"]+/))
      .filter(Boolean);
  } catch {
    return [];
  }
}

import { access, constants } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { ownFolder } from '../disk/own-folder.ts';
import type { Homes } from '../disk/paths.ts';
import { lastLines, runCommand } from './command.ts';
import { pathCandidates } from './places.ts';

/** The npm of this machine: it knows the user's registry, credentials and proxies. */
export interface Npm {
  command: string;
  /** Arguments that come before npm's own. */
  args: string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
}

/** npm said no: `missing` when the package or version is not there, else most likely the network. */
export class NpmError extends Error {
  override readonly name = 'NpmError';
  readonly missing: boolean;

  constructor(message: string, missing: boolean) {
    super(message);
    this.missing = missing;
  }
}

/**
 * The npm on PATH, else the one beside the running Node. It works in Radiant's cache folder, so that a stray
 * `.npmrc` or `package.json` of the current folder changes nothing. Throws NpmError when there is none.
 */
export async function machineNpm(env: NodeJS.ProcessEnv, homes: Homes): Promise<Npm> {
  ownFolder(homes.cache, 0o755);
  const base = { env: npmEnvironment(env), cwd: homes.cache };
  for (const command of pathCandidates('npm', env)) {
    if (await isRunnable(command)) return { ...base, command, args: [] };
  }
  const cli = join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js');
  if (await isRunnable(cli)) return { ...base, command: process.execPath, args: [cli] };
  throw new NpmError('there is no npm on PATH', false);
}

/**
 * The environment for an npm of our own, without what an `npm run` around us put there for its script: those
 * variables name folders of the other npm, and would be taken for the user's configuration.
 */
export function npmEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const notOurs =
    /^(npm_(lifecycle|package)_.*|npm_(execpath|node_execpath|command)|npm_config_(local_prefix|global_prefix|prefix|node_gyp|npm_version|noproxy|init_module|user_agent)|INIT_CWD|NODE_OPTIONS|NODE_TEST_CONTEXT)$/;
  const insideRun = env.npm_lifecycle_event !== undefined;
  const kept = Object.entries(env).filter(
    ([name]) => !(insideRun ? notOurs : /^NODE_(OPTIONS|TEST_CONTEXT)$/).test(name),
  );
  return Object.fromEntries(kept);
}

/** Runs npm with `--json` and gives what it printed. Errors: NpmError. */
export async function npmJson(npm: Npm, args: string[], timeout: number): Promise<unknown> {
  const flags = [
    '--json',
    '--loglevel=error',
    '--no-update-notifier',
    '--fetch-retries=1',
    '--fetch-retry-mintimeout=500',
  ];
  const result = await runCommand(npm.command, [...npm.args, ...args, ...flags], {
    cwd: npm.cwd,
    env: npm.env,
    timeout,
  });
  const answer = parsed(result.stdout);
  if (result.code === 0) return answer;
  const { code, summary } = errorOf(answer);
  const said = summary || lastLines(result.output, 3) || `no answer within ${timeout / 1000} s`;
  throw new NpmError(said.split('\n')[0] ?? said, code === 'E404' || code === 'ETARGET');
}

const asked = new WeakMap<NodeJS.ProcessEnv, Promise<string | undefined>>();

/**
 * The path of the machine's npmrc, which an npm of another folder would not find; undefined without an npm. It takes npm a
 * third of a second: it is asked once, so ask early.
 */
export function globalNpmConfig(env: NodeJS.ProcessEnv, homes: Homes): Promise<string | undefined> {
  const known = asked.get(env) ?? askForConfig(env, homes);
  asked.set(env, known);
  return known;
}

async function askForConfig(env: NodeJS.ProcessEnv, homes: Homes): Promise<string | undefined> {
  const npm = await machineNpm(env, homes).catch(() => undefined);
  if (!npm) return undefined;
  const args = [...npm.args, 'config', 'get', 'globalconfig'];
  const { code, stdout } = await runCommand(npm.command, args, {
    cwd: npm.cwd,
    env: npm.env,
    timeout: 30_000,
  });
  return code === 0 && isAbsolute(stdout.trim()) ? stdout.trim() : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function errorOf(answer: unknown): { code: string; summary: string } {
  const error = field(answer, 'error');
  const text = (name: string) => {
    const value = field(error, name);
    return typeof value === 'string' ? value : '';
  };
  return { code: text('code'), summary: text('summary') };
}

/** A property of something that may be no object at all. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

async function isRunnable(path: string): Promise<boolean> {
  return access(path, path.endsWith('.js') ? constants.R_OK : constants.X_OK).then(
    () => true,
    () => false,
  );
}

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { architectures, writeClientProgram } from './client-program.ts';

const server = join(import.meta.dirname, '..', 'server');

export interface BundleOptions {
  /** The folder that becomes the bundle; what was there before is replaced. */
  out: string;
  /** A label; another one gives another client, so browsers reload. */
  release?: string;
  /** The Node version that the bundle asks for, without a `v`. */
  node?: string;
  /** Bytes of each client bundle, 200 KB unless told: that of a small real app. It is never less than its own code. */
  bundleSize?: number;
  /** Also run `npm install` in the server program, with the npm on the PATH. */
  install?: boolean;
}

/** Writes a bundle shaped like the output of `meteor build --directory`. It is never half there. */
export async function buildBundle(options: BundleOptions): Promise<void> {
  const out = resolve(options.out);
  const { release = 'v1', node = '20.20.2', bundleSize = 200 * 1024 } = options;
  await mkdir(dirname(out), { recursive: true });
  const draft = await mkdtemp(join(dirname(out), `.${basename(out)}-`));
  try {
    // mkdtemp makes folders for its own user only; workers may run as another one.
    await chmod(draft, 0o755);
    await writeStar(draft, release, node);
    await writeServerProgram(join(draft, 'programs/server'), release);
    for (const arch of architectures) {
      await writeClientProgram(join(draft, 'programs', arch), arch, { release, bundleSize });
    }
    const kept = await keepDependencies(join(out, 'programs/server'), join(draft, 'programs/server'));
    if (options.install && !kept) await installDependencies(join(draft, 'programs/server'));
    await replace(draft, out);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function writeStar(folder: string, release: string, node: string): Promise<void> {
  const star = {
    format: 'site-archive-pre1',
    builtBy: 'Radiant example',
    programs: [
      ...architectures.map((arch) => ({ name: arch, arch, path: `programs/${arch}/program.json` })),
      { name: 'server', arch: 'os', path: 'programs/server/boot.js' },
    ],
    ...toolsOf(node),
    gitCommitHash: createHash('sha1').update(release).digest('hex'),
  };
  await writeFile(join(folder, 'star.json'), `${JSON.stringify(star, null, 2)}\n`);
  await writeFile(join(folder, '.node_version.txt'), `v${node}\n`);
  // As Meteor's: CommonJS, with no package.json beside it that says so.
  await writeFile(
    join(folder, 'main.js'),
    `process.argv.splice(2, 0, 'program.json');\n` +
      `process.chdir(require('path').join(__dirname, 'programs', 'server'));\n` +
      `require('./programs/server/boot.js');\n`,
  );
}

/** The Meteor release that brought a Node version, and the npm that came with it. */
function toolsOf(node: string) {
  const major = Number.parseInt(node, 10);
  if (major < 18) return { meteorRelease: 'METEOR@2.16', nodeVersion: node, npmVersion: '6.14.18' };
  if (major < 22) return { meteorRelease: 'METEOR@3.0.4', nodeVersion: node, npmVersion: '10.8.2' };
  if (major < 24) return { meteorRelease: 'METEOR@3.3', nodeVersion: node, npmVersion: '10.9.2' };
  return { meteorRelease: 'METEOR@3.5', nodeVersion: node, npmVersion: '11.6.2' };
}

async function writeServerProgram(folder: string, release: string): Promise<void> {
  await cp(server, folder, { recursive: true, filter: (path) => basename(path) !== 'node_modules' });
  await writeFile(join(folder, 'config.json'), `${JSON.stringify({ release })}\n`);
}

/** Building again over an installed bundle must not cost an install, if the dependencies are the same: then true. */
async function keepDependencies(from: string, to: string): Promise<boolean> {
  if ((await readLock(from)) !== (await readLock(to))) return false;
  const [kept] = await Promise.all(
    ['node_modules', 'npm-rebuild.json'].map((name) =>
      cp(join(from, name), join(to, name), { recursive: true, verbatimSymlinks: true }).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT') return false;
          throw error;
        },
      ),
    ),
  );
  return kept!;
}

function readLock(folder: string): Promise<string | null> {
  return readFile(join(folder, 'npm-shrinkwrap.json'), 'utf8').catch(() => null);
}

async function installDependencies(folder: string): Promise<void> {
  await promisify(execFile)('npm', ['install', '--omit=dev', '--no-audit', '--no-fund'], { cwd: folder });
}

/** Puts `draft` in the place of `out`; only between two renames there is nothing. */
async function replace(draft: string, out: string): Promise<void> {
  const old = `${draft}.old`;
  const had = await rename(out, old).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return false;
    },
  );
  await rename(draft, out);
  if (had) await rm(old, { recursive: true, force: true });
}

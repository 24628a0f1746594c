import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { extract } from 'tar';
import type { Progress } from './progress.ts';
import type { Homes } from '../disk/paths.ts';
import { download, IntegrityError, verifyFile } from './download.ts';
import { field, machineNpm, npmJson, NpmError, type Npm } from './npm.ts';

const viewTimeout = 30_000;
const packTimeout = 15 * 60_000;

export interface RegistryContext {
  env: NodeJS.ProcessEnv;
  homes: Homes;
  progress: Progress;
}

/** The user's npm registry, asked through the user's npm. */
export interface Registry {
  /** Every published version of a package; none when there is no such package. Errors: NpmError. */
  versions(name: string): Promise<string[]>;
  /** Fetches a package, checks its integrity and unpacks it into a folder. Errors: NpmError, IntegrityError. */
  fetchInto(name: string, version: string, folder: string): Promise<void>;
}

export function openRegistry(context: RegistryContext): Registry {
  let npm: Promise<Npm> | undefined;
  const getNpm = () => (npm ??= machineNpm(context.env, context.homes));
  return {
    versions: async (name) => listVersions(await getNpm(), name),
    fetchInto: async (name, version, folder) => {
      const spec = `${name}@${version}`;
      const downloads = await mkdtemp(join((await getNpm()).cwd, '.tmp-'));
      try {
        const tarball = await fetchTarball(await getNpm(), spec, downloads, context.progress);
        await extract({ file: tarball, cwd: folder, strip: 1, preserveOwner: false, strict: true });
      } finally {
        await rm(downloads, { recursive: true, force: true });
      }
    },
  };
}

async function listVersions(npm: Npm, name: string): Promise<string[]> {
  try {
    const answer = await npmJson(npm, ['view', name, 'versions'], viewTimeout);
    // npm prints a single version as a string.
    return Array.isArray(answer) ? answer.map(String) : typeof answer === 'string' ? [answer] : [];
  } catch (error) {
    if (error instanceof NpmError && error.missing) return [];
    throw error;
  }
}

/**
 * Our own download shows progress, but knows no credentials, proxies or certificates of the npm configuration.
 * Where it is refused, or a proxy is configured, `npm pack` does it: it honours all of that, and is silent.
 */
async function fetchTarball(npm: Npm, spec: string, folder: string, progress: Progress): Promise<string> {
  const dist = await readDist(npm, spec);
  if (!(await usesProxy(npm))) {
    const file = join(folder, 'package.tgz');
    try {
      await download(dist, file, (done, total) => progress.transfer(spec, done, total));
      return file;
    } catch (error) {
      if (error instanceof IntegrityError) throw error;
      await rm(file, { force: true });
    }
  }
  progress.step(`Fetching ${spec} with npm`);
  await npmJson(npm, ['pack', spec, '--ignore-scripts', '--pack-destination', folder], packTimeout);
  const [name] = await readdir(folder);
  if (name === undefined) throw new NpmError(`npm pack ${spec} left no file`, false);
  await verifyFile(join(folder, name), dist.integrity);
  return join(folder, name);
}

async function readDist(npm: Npm, spec: string): Promise<{ tarball: string; integrity: string }> {
  const dist = await npmJson(npm, ['view', spec, 'dist'], viewTimeout);
  const [tarball, integrity, shasum] = ['tarball', 'integrity', 'shasum'].map((name) => field(dist, name));
  if (typeof tarball === 'string' && typeof integrity === 'string') return { tarball, integrity };
  // Packages of before 2017 were published with a SHA-1 only.
  if (typeof tarball === 'string' && typeof shasum === 'string') {
    return { tarball, integrity: `sha1-${Buffer.from(shasum, 'hex').toString('base64')}` };
  }
  throw new NpmError(`the registry names no tarball for ${spec}`, true);
}

async function usesProxy(npm: Npm): Promise<boolean> {
  const config = await npmJson(npm, ['config', 'list'], viewTimeout);
  return ['proxy', 'https-proxy'].some((name) => Boolean(field(config, name)));
}

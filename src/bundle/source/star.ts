import { join } from 'node:path';
import { RadiantError } from '../../common/errors.ts';
import { JsonError, parseJson } from './json.ts';
import { readTextFile } from '../../common/text-file.ts';

/** What a bundle asks for; star.json of old Meteor versions names neither. */
export interface Star {
  nodeVersion?: string;
  npmVersion?: string;
  /** The commit that it was built from. */
  gitCommit?: string;
}

/** Reads a bundle's star.json, and `.node_version.txt` where that names no Node version. Errors: APP_NOT_FOUND. */
export async function readStar(folder: string): Promise<Star> {
  const file = join(folder, 'star.json');
  const content = await readJsonObject(file);
  const text = (name: string) => {
    const value = content[name];
    return typeof value === 'string' && value.trim() !== '' ? value.trim().replace(/^v/, '') : undefined;
  };
  const noted = await readTextFile(join(folder, '.node_version.txt')).catch(() => '');
  const nodeVersion = text('nodeVersion') ?? (noted.trim().replace(/^v/, '') || undefined);
  const npmVersion = text('npmVersion');
  const gitCommit = text('gitCommitHash');
  return {
    ...(nodeVersion ? { nodeVersion } : {}),
    ...(npmVersion ? { npmVersion } : {}),
    ...(gitCommit ? { gitCommit } : {}),
  };
}

/** Errors: APP_NOT_FOUND, naming the file and the place in it. */
export async function readJsonObject(file: string): Promise<Record<string, unknown>> {
  const remedy = 'Build the bundle again, or restore the file.';
  try {
    const value = parseJson(await readTextFile(file));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const problem = error instanceof JsonError ? `holds no valid JSON: ${why}` : `cannot be read: ${why}`;
    throw new RadiantError('APP_NOT_FOUND', `${file} ${problem}`, remedy);
  }
  throw new RadiantError('APP_NOT_FOUND', `${file} holds JSON, but no object`, remedy);
}

import { once } from 'node:events';
import { createServer } from 'node:net';
import { RadiantError } from '../../common/errors.ts';
import { JsonError, parseJson } from './json.ts';
import { readTextFile, withoutMark } from '../../common/text-file.ts';

type Json = Record<string, unknown>;

/**
 * The text of METEOR_SETTINGS, or undefined for an app without settings: the settings file first, then
 * METEOR_SETTINGS, then METEOR_SETTINGS_ENCODED (Galaxy's: URI-encoded JSON). Errors: SETTINGS.
 */
export async function loadSettings(
  file: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  if (file !== undefined) return readSettings(file);
  if (env.METEOR_SETTINGS) return checkedSettings(env.METEOR_SETTINGS, 'The variable METEOR_SETTINGS');
  if (!env.METEOR_SETTINGS_ENCODED) return undefined;
  const where = 'The variable METEOR_SETTINGS_ENCODED';
  return checkedSettings(decoded(env.METEOR_SETTINGS_ENCODED, where), where);
}

/** The text of a settings file, checked to be a JSON object. Errors: SETTINGS, with line and column. */
export async function readSettings(path: string): Promise<string> {
  const text = await readTextFile(path).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    const remedy = 'Check the path given with --settings, and that this user may read it.';
    throw new RadiantError('SETTINGS', `The settings file ${path} cannot be read: ${why}`, remedy);
  });
  return checkedSettings(text, `The settings file ${path}`);
}

function checkedSettings(text: string, where: string): string {
  const clean = withoutMark(text);
  try {
    if (isObject(parseJson(clean))) return clean;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const remedy =
      'JSON knows no comments, no trailing commas and no single quotes; correct it and start again.';
    throw new RadiantError('SETTINGS', `${where} holds no valid JSON: ${error.message}`, remedy);
  }
  const remedy = 'Meteor settings are an object: { "public": { … }, … }.';
  throw new RadiantError('SETTINGS', `${where} holds JSON, but no object`, remedy);
}

function decoded(text: string, where: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    const remedy = 'Encode the JSON with encodeURIComponent.';
    throw new RadiantError('SETTINGS', `${where} is not URI-encoded`, remedy);
  }
}

/** Whether the app's DDP server opens a port of its own, so that each worker needs a free one. */
export function usesUws(text: string | undefined, env: NodeJS.ProcessEnv): boolean {
  if (env.DDP_TRANSPORT) return env.DDP_TRANSPORT === 'uws';
  return text !== undefined && child(child(parseObject(text), 'packages'), 'ddp-server').transport === 'uws';
}

/**
 * The METEOR_SETTINGS of one worker. Only the private `packages["ddp-server"].uws.port` may differ between
 * workers: a difference in `public` would be another client version, and browsers would reload for ever.
 */
export function settingsForWorker(
  text: string | undefined,
  env: NodeJS.ProcessEnv,
  freePort: number,
): string | undefined {
  if (!usesUws(text, env)) return text;
  const settings = parseObject(text ?? '{}');
  const packages = child(settings, 'packages');
  const server = child(packages, 'ddp-server');
  const uws = { ...child(server, 'uws'), port: freePort };
  const merged = { ...packages, 'ddp-server': { ...server, uws } };
  return JSON.stringify({ ...settings, packages: merged });
}

/** A TCP port of 127.0.0.1 that nobody uses at this moment. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function parseObject(text: string): Json {
  const value: unknown = JSON.parse(text);
  return isObject(value) ? value : {};
}

function child(parent: Json, name: string): Json {
  const value = parent[name];
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

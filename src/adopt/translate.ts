import { basename, dirname, isAbsolute, normalize, relative, resolve } from 'node:path';
import { toName } from '../config/values/name.ts';
import { RadiantError } from '../common/errors.ts';
import { compose, composeOutside } from './compose.ts';
import { mup, mupJson } from './mup.ts';
import { cwd, pm2, pm2Rules } from './pm2.ts';
import { replicas } from './replicas.ts';
import {
  apply,
  empty,
  isObject,
  note,
  setOptions,
  type Places,
  type Rules,
  textOf,
  type Translation,
} from './translation.ts';
import { sortVariables } from './variables.ts';

/** The tools whose files can be translated. */
export type Tool = 'pm2' | 'Meteor Up' | 'Docker Compose' | 'environment file';

export interface Wish {
  /** Which of several apps. */
  app: string | undefined;
  /** pm2's `--env`. */
  environment: string | undefined;
}

/** What a file is, by its name; by what it holds where the name leaves that open. Errors: USAGE. */
export function toolOf(file: string, content: unknown): Tool {
  const name = basename(file);
  if (/^\.env|\.env$/.test(name)) return 'environment file';
  if (isObject(content)) {
    if (isObject(content.services)) return 'Docker Compose';
    if (isObject(content.app) || isObject(content.meteor)) return 'Meteor Up';
    if (content.servers !== undefined && name.startsWith('mup')) return 'Meteor Up';
    if (Array.isArray(content.apps) || isObject(content.apps) || typeof content.script === 'string')
      return 'pm2';
  }
  if (Array.isArray(content) && content.every(isObject)) return 'pm2';
  throw new RadiantError(
    'USAGE',
    `${file} holds nothing that Radiant can translate: no apps (pm2), app or meteor (Meteor Up) or services (Docker Compose)`,
    'Give an ecosystem.config.js, a mup.js or mup.json, a docker-compose.yml or a .env',
  );
}

/** Translates the content of another tool's file. Errors: USAGE, when it does not say which app is meant. */
export function translate(file: string, content: unknown, places: Places, wish: Wish): Translation {
  const path = (written: string): string =>
    written.startsWith('~') ? written : fromConfig(resolve(places.from, written), places.to);
  switch (toolOf(file, content)) {
    case 'environment file':
      return fromEnv(content as Record<string, unknown>, path(basename(file)));
    case 'pm2':
      return fromPm2(content, path, wish);
    case 'Meteor Up':
      return fromMup(content as Record<string, unknown>, path, places.beside ?? []);
    default:
      return fromCompose(content as Record<string, unknown>, path, wish);
  }
}

/** A path as radiant.config.ts has it: `./x` when it is in or near its folder. */
function fromConfig(path: string, to: string): string {
  const short = relative(to, path);
  if (short === '') return '.';
  if (short.startsWith('../../..') || isAbsolute(short)) return path;
  return short.startsWith('..') ? short : `./${short}`;
}

function fromEnv(content: Record<string, unknown>, file: string): Translation {
  const result = empty();
  sortVariables(
    result,
    Object.fromEntries(Object.entries(content).map(([key, value]) => [key, { key, value }])),
  );
  // They stay where they are.
  const stay = [...Object.keys(result.options.env ?? {}), ...Object.keys(result.secrets)];
  result.taken = result.taken.map((each) =>
    stay.includes(each.key) ? { ...each, text: 'by envFile' } : each,
  );
  delete result.options.env;
  result.secrets = {};
  setOptions(result, 'the file', { envFile: file });
  return result;
}

/** pm2 names an app by its script, if nothing else does. */
const nameOfApp = ({ name, script }: Record<string, unknown>): string =>
  textOf(name ?? basename(textOf(script)).replace(/\.\w+$/, ''));

function fromPm2(
  content: unknown,
  path: (written: string) => string,
  { app, environment }: Wish,
): Translation {
  const result = empty();
  const root = isObject(content) ? content : { apps: content };
  const apps = root.apps === undefined ? [root] : [root.apps].flat().filter(isObject);
  const groups = replicas(apps);
  const candidates = app === undefined ? groups.map(([first]) => first!) : apps;
  const entry = choose(
    candidates.map((each) => [nameOfApp(each), each]),
    app,
  );
  const same = groups.find((group) => group.includes(entry))!;
  const chosen = environment ?? (entry.env_production === undefined ? undefined : 'production');
  if (environment !== undefined && entry[`env_${environment}`] === undefined) {
    throw new RadiantError(
      'USAGE',
      `there is no env_${environment} in this app`,
      'Correct --env, or leave it out',
    );
  }
  const inOrder = ordered(entry, nameOfApp(entry), same.length, chosen);
  finish(result, pm2Rules(chosen), 'pm2', inOrder, path);
  const script = normalize(textOf(entry.script));
  if (
    entry.cwd === undefined &&
    result.options.app !== undefined &&
    dirname(script) !== '.' &&
    !isAbsolute(script)
  ) {
    const started = cwd('.', { entry, path });
    if ('options' in started) note(result, '(cwd, where pm2 was started)', started);
  }
  if (result.options.stopSignal === undefined) {
    setOptions(result, 'pm2 itself', { stopSignal: 'SIGINT' });
    note(result, '(pm2 itself)', { taken: "stopSignal: 'SIGINT', which is how pm2 ends an app" });
  }
  const { apps: _apps, ...rest } = root;
  if (root.apps !== undefined) apply(result, pm2.outside, 'pm2', rest, path);
  for (const each of same) {
    if (each === entry) continue;
    const unneeded = `it is the same app as ${nameOfApp(entry)}, as one more worker of it; all workers answer at one port`;
    note(result, `apps.${nameOfApp(each)}`, { unneeded });
  }
  const strangers = apps.filter((each) => !same.includes(each));
  others(result, 'apps', strangers.map(nameOfApp));
  return result;
}

/** What is stronger comes last: the chosen environment. */
function ordered(
  { env, name: _name, instances, ...entry }: Record<string, unknown>,
  name: string,
  processes: number,
  chosen: string | undefined,
): Record<string, unknown> {
  const key = `env_${chosen}`;
  const { [key]: stronger, ...rest } = entry;
  return {
    name,
    instances: processes > 1 && (instances ?? 1) === 1 ? processes : (instances ?? 1),
    ...rest,
    ...(env !== undefined && { env }),
    ...(stronger !== undefined && { [key]: stronger }),
  };
}

function fromMup(
  content: Record<string, unknown>,
  path: (written: string) => string,
  beside: readonly string[],
): Translation {
  const result = empty();
  const modern = [content.app, content.meteor].find(isObject);
  finish(result, modern === undefined ? mupJson : mup, 'Meteor Up', content, path);
  // What Meteor Up does where nothing is said.
  if (beside.includes('settings.json') && result.secrets.METEOR_SETTINGS === undefined) {
    const settings = path('settings.json');
    note(result, '(settings.json)', { taken: `settings: '${settings}'`, options: { settings } });
  }
  const inFront = content.proxy ?? content.ssl ?? modern?.ssl;
  if (inFront === undefined && result.options.port === undefined) {
    note(result, '(Meteor Up itself)', {
      taken: 'port: 80, which is where it puts an app',
      options: { port: 80 },
    });
  }
  return result;
}

function fromCompose(
  content: Record<string, unknown>,
  path: (written: string) => string,
  { app }: Wish,
): Translation {
  const result = empty();
  const { services, ...rest } = content;
  const all = Object.entries(services as object).filter((pair): pair is [string, Record<string, unknown>] =>
    isObject(pair[1]),
  );
  const built = all.filter(([, service]) => service.build !== undefined);
  const entry = choose(built.length === 1 && app === undefined ? built : all, app);
  const name = all.find(([, service]) => service === entry)?.[0] ?? '';
  finish(result, compose, 'Docker Compose', entry, path);
  if (result.options.name === undefined) {
    note(result, `services.${name}`, { taken: `name: '${toName(name)}'`, options: { name: toName(name) } });
  }
  warnOfServices(
    result,
    all.map(([each]) => each),
  );
  apply(result, composeOutside, 'Docker Compose', rest, path);
  others(
    result,
    'services',
    all.map(([each]) => each).filter((each) => each !== name),
  );
  return result;
}

/** Between containers a service's name is a host; on the machine it is none. */
function warnOfServices(result: Translation, services: readonly string[]): void {
  for (const each of result.taken) {
    const name = /^environment\.(.+)$/.exec(each.key)?.[1];
    const value = result.secrets[name ?? ''] ?? result.options.env?.[name ?? ''];
    const host = URL.parse(textOf(value))?.hostname;
    if (host !== undefined && services.includes(host)) {
      each.text += `; its host ${host} is a container: on the machine write localhost and the port that it publishes`;
    }
  }
}

function finish(
  result: Translation,
  rules: Rules,
  tool: string,
  entry: Record<string, unknown>,
  path: (written: string) => string,
): void {
  sortVariables(result, apply(result, rules, tool, entry, path));
  const { envFile } = result.options;
  if (envFile === undefined || Object.keys(result.secrets).length === 0) return;
  delete result.options.envFile;
  result.taken = result.taken.filter(({ text }) => !text.startsWith('envFile: '));
  note(result, result.origins.envFile ?? 'env_file', {
    impossible: `Radiant reads one environment file: append the lines of ${envFile} to the new one`,
  });
}

/** Errors: USAGE. */
function choose(
  apps: readonly (readonly [string, Record<string, unknown>])[],
  app: string | undefined,
): Record<string, unknown> {
  const names = apps.map(([name]) => name).join(', ');
  if (apps.length === 0)
    throw new RadiantError('USAGE', 'the file holds no app', 'Give the file that names it');
  if (app === undefined) {
    if (apps.length === 1) return apps[0]![1];
    throw new RadiantError('USAGE', `the file holds several apps: ${names}`, 'Choose one with --app');
  }
  const found = apps.find(([name]) => name === app)?.[1];
  if (found === undefined) {
    throw new RadiantError('USAGE', `the file holds no app "${app}"; it has ${names}`, 'Correct --app');
  }
  return found;
}

function others(result: Translation, key: string, names: readonly string[]): void {
  for (const name of names) {
    note(result, `${key}.${name}`, {
      impossible: `each app has a configuration of its own: \`--app ${name}\`, in another folder, if Radiant is to run it`,
    });
  }
}

export const folderOf = (file: string): string => dirname(resolve(file));

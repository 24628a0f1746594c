import { basename, extname, isAbsolute, join } from 'node:path';
import { toName } from '../config/values/name.ts';
import {
  becomes,
  impossible,
  impossibleIfSet,
  isObject,
  textOf,
  isOff,
  memoryLimit,
  time,
  unneeded,
  type Outcome,
  type Rules,
  type Surroundings,
} from './translation.ts';

/** The keys of an ecosystem file: https://pm2.keymetrics.io/docs/usage/application-declaration/ and pm2.io/docs. */

const production = 'Radiant watches no files: `radiant restart`, or `radiant deploy` for a new version';
const workerLogs =
  "each worker's output goes to files in the state folder, and new ones are begun by themselves (logSize, logAge, logKeep)";
const restarts =
  'a worker that dies is replaced at once, then after growing delays; one that keeps dying is shown as failing';
const nodeOnly = 'Radiant runs Node apps: keep starting this one as you do, by systemd for instance';
const readyByItself =
  'a worker takes clients when its app listens and answers, and for no other reason; the option startTimeout (60 s) ends the wait';

const signal = (value: unknown): Outcome => {
  const name = textOf(value);
  if (name !== 'SIGTERM' && name !== 'SIGINT' && name !== 'SIGQUIT')
    return { impossible: 'see the option stopSignal' };
  return { taken: `stopSignal: '${name}'`, options: { stopSignal: name } };
};

/** Milliseconds, as pm2 counts; text may have a unit. */
function milliseconds(value: unknown): number | undefined {
  if (typeof value === 'number' && value >= 0) return value;
  const match = /^(\d+)(ms|s|m|h)?$/.exec(textOf(value).trim());
  const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
  return match ? Number(match[1]) * units[(match[2] ?? 'ms') as keyof typeof units] : undefined;
}

function script(value: unknown, { entry, path }: Surroundings): Outcome {
  const file = typeof value === 'string' ? value : '';
  // `npm`, but also `npm start` and `ts-node src/index.ts`: pm2 gives such lines to a shell.
  if (/^(?:npm|npx|yarn|pnpm)$/.test(basename(file)) || /^[\w@-]+\s/.test(file)) {
    return {
      impossible: 'give `app` the folder whose package.json names the file to run as "main", not a command',
    };
  }
  if (!['.js', '.cjs', '.mjs', '.ts', '.cts', '.mts', ''].includes(extname(file)) || file === '') {
    return { impossible: nodeOnly };
  }
  const folder = typeof entry.cwd === 'string' ? entry.cwd : '.';
  const app = path(isAbsolute(file) ? file : join(folder, file));
  return { taken: `app: '${app}'`, options: { app } };
}

/** The main.js of a Meteor bundle goes to a folder of its own anyway. */
export function cwd(value: unknown, { entry, path }: Pick<Surroundings, 'entry' | 'path'>): Outcome {
  if (typeof value !== 'string') return { impossible: 'its value makes no sense' };
  const named = typeof entry.script === 'string' ? entry.script : '';
  if (/(?:^|\/)bundle\/main\.js$/.test(isAbsolute(named) ? named : join(value, named))) {
    return { taken: 'the path of app, which is a Meteor bundle' };
  }
  const folder = path(value);
  return { taken: `cwd: '${folder}'`, options: { cwd: folder } };
}

function interpreter(value: unknown): Outcome {
  if (value === 'node' || isOff(value)) return { unneeded: 'it is Node anyway' };
  const text = textOf(value);
  if (/(?:^|\/)node(?:@|$|\d)/.test(text) && text.includes('/')) {
    return { taken: `node: '${text}'`, options: { node: text } };
  }
  const version = /^node@v?(\d[\d.]*)$/.exec(text)?.[1];
  if (version) return { taken: `node: '${version}'`, options: { node: version } };
  return { impossible: nodeOnly };
}

/** What Node takes in NODE_OPTIONS too. */
function nodeArguments(value: unknown, { entry }: Surroundings): Outcome {
  const words = (Array.isArray(value) ? value.map(textOf) : textOf(value).split(/\s+/)).filter(Boolean);
  if (words.length === 0) return { unneeded: 'it is empty' };
  const refused = words.filter(
    (word) => word.startsWith('-') && !process.allowedNodeEnvironmentFlags.has(word.split('=')[0] ?? ''),
  );
  if (refused.length > 0) {
    return {
      impossible: `Node does not take ${refused.join(', ')} in NODE_OPTIONS; give \`node\` a small script that adds it`,
    };
  }
  const more = isObject(entry.env) && entry.env.NODE_OPTIONS ? [textOf(entry.env.NODE_OPTIONS)] : [];
  return { taken: 'env.NODE_OPTIONS', options: { env: { NODE_OPTIONS: [...more, ...words].join(' ') } } };
}

function instances(value: unknown): Outcome {
  const count = value === 'max' ? 0 : Number(value);
  if (!Number.isInteger(count)) return { impossible: 'its value makes no sense; see the option workers' };
  if (count > 0) return { taken: `workers: ${count}`, options: { workers: count } };
  const less = count < 0 ? `; it was ${-count} fewer: write a number for that` : '';
  return { taken: `workers: 'auto', one for each core${less}`, options: { workers: 'auto' } };
}

/** The name of a variable that counts up from its value in `env`. */
function incremented(value: unknown, { entry }: Surroundings): Outcome {
  const name = textOf(value);
  if (name === 'PORT') return { unneeded: 'all workers answer at one port' };
  const first = Number(isObject(entry.env) ? entry.env[name] : Number.NaN);
  if (!Number.isInteger(first) || first < 1) {
    return { impossible: `give ${name} a template in env: '{3000+slot}' is 3001 in the first worker` };
  }
  const template = `{${first - 1}+slot}`;
  return { taken: `env.${name}: '${template}'`, options: { env: { [name]: template } } };
}

function instanceVariable(value: unknown): Outcome {
  if (value === 'NODE_APP_INSTANCE') return { unneeded: 'that is what Radiant calls it too' };
  return { taken: `env.${textOf(value)}`, options: { env: { [textOf(value)]: '{slot-1}' } } };
}

/** pm2 makes JSON of a value that is an object (`mergeEnvironmentVariables` in its lib/Common.js). */
const environment = (value: unknown): Outcome => {
  if (isObject(value)) {
    const texts = Object.entries(value).map(([name, entry]) => [
      name,
      typeof entry === 'object' && entry !== null ? JSON.stringify(entry) : entry,
    ]);
    return { taken: '', variables: Object.fromEntries(texts) as Record<string, unknown> };
  }
  return { impossible: 'its variables cannot be told: write them into `env`' };
};

const rules: Rules = {
  name: becomes('name', (value) => toName(textOf(value)) || undefined),
  namespace: unneeded('every verb takes `--name`'),
  script,
  cwd,
  args: impossibleIfSet('an app gets no arguments: let it read an environment variable'),
  interpreter,
  exec_interpreter: interpreter,
  interpreter_args: nodeArguments,
  node_args: nodeArguments,
  instances,
  exec_mode: unneeded('all workers share one address, whatever the app is'),
  instance_var: instanceVariable,
  increment_var: incremented,
  env: environment,
  env_file: (value, { path }) => {
    if (typeof value !== 'string') return { impossible: 'Radiant reads one environment file: join them' };
    return { taken: `envFile: '${path(value)}'`, options: { envFile: path(value) } };
  },
  port: (value) => ({ taken: `port: ${textOf(value)}`, options: { port: value as number } }),
  filter_env: impossibleIfSet(
    "workers get all of Radiant's environment: start it with `env -i` or by systemd",
  ),
  append_env_to_name: unneeded('`name` says it'),
  uid: becomes('user', (value) => textOf(value)),
  gid: becomes('group', (value) => textOf(value)),
  user: becomes('user', (value) => textOf(value)),

  watch: impossibleIfSet(production),
  ignore_watch: unneeded(production),
  watch_delay: unneeded(production),
  watch_options: unneeded(production),

  max_memory_restart: memoryLimit,
  autorestart: (value) =>
    value === false
      ? { impossible: 'Radiant keeps an app up; what ends by itself is started by cron or systemd' }
      : { unneeded: restarts },
  min_uptime: unneeded(restarts),
  max_restarts: unneeded(restarts),
  restart_delay: unneeded(restarts),
  exp_backoff_restart_delay: unneeded(restarts),
  stop_exit_codes: impossible('a worker that ends is replaced, whatever its exit code'),
  cron_restart: impossibleIfSet(
    'write `radiant restart` into a crontab: it replaces the workers without a gap',
  ),
  cron: impossibleIfSet('write `radiant restart` into a crontab: it replaces the workers without a gap'),

  kill_timeout: becomes('killTimeout', (value) => {
    const ms = milliseconds(value);
    return ms === undefined ? undefined : time(ms);
  }),
  kill_signal: signal,
  kill_retry_time: unneeded('a worker that does not end in killTimeout is killed'),
  listen_timeout: (value) => {
    const ms = milliseconds(value) ?? 0;
    if (ms <= 60_000) return { unneeded: readyByItself };
    return { taken: `startTimeout: '${time(ms)}'`, options: { startTimeout: time(ms) } };
  },
  wait_ready: (value) =>
    isOff(value) ? { unneeded: 'it is off' } : { taken: 'waitReady: true', options: { waitReady: true } },
  shutdown_with_message: (value) =>
    isOff(value)
      ? { unneeded: 'it is off' }
      : { taken: "stopSignal: 'message'", options: { stopSignal: 'message' } },
  treekill: (value) =>
    isOff(value)
      ? { taken: 'keepChildren: true', options: { keepChildren: true } }
      : { unneeded: 'what a worker leaves behind is ended' },
  force: unneeded('several apps need several names, and nothing else'),

  error_file: unneeded(workerLogs),
  error: unneeded(workerLogs),
  err_file: unneeded(workerLogs),
  err_log: unneeded(workerLogs),
  out_file: unneeded(workerLogs),
  output: unneeded(workerLogs),
  out: unneeded(workerLogs),
  out_log: unneeded(workerLogs),
  log_file: unneeded(workerLogs),
  log: unneeded(workerLogs),
  combine_logs: unneeded(workerLogs),
  merge_logs: unneeded(workerLogs),
  log_date_format: unneeded(workerLogs),
  log_type: unneeded(workerLogs),
  time: unneeded(workerLogs),
  disable_logs: unneeded(workerLogs),
  pid_file: unneeded('`radiant status --json` tells every pid'),
  pid: unneeded('`radiant status --json` tells every pid'),
  windowsHide: unneeded('there is no window'),

  source_map_support: impossibleIfSet('Node does it: NODE_OPTIONS: "--enable-source-maps" in env'),
  disable_source_map_support: unneeded('Radiant adds none'),
  vizion: unneeded('`radiant releases` shows the commit that a bundle was built from'),
  post_update: impossibleIfSet('a script that ends with `radiant deploy` does it'),
  pmx: unneeded('nothing is wrapped around the app'),
  automation: unneeded('nothing is wrapped around the app'),
  trace: unneeded('nothing is wrapped around the app'),
  disable_trace: unneeded('nothing is wrapped around the app'),
};

/** What an ecosystem file says besides its apps. */
const outside: Rules = {
  deploy: impossible(
    'a script does it: build or pull on the server, then `radiant deploy`, which goes back by itself when that fails',
  ),
};

export const pm2 = { rules, outside };

/** The rules for one app, with the variables of the environment `chosen` above its `env`. */
export function pm2Rules(chosen: string | undefined): Rules {
  if (chosen === undefined) return { ...rules, 'env_*': unneeded('it belongs to another `--env`') };
  return {
    ...rules,
    [`env_${chosen}`]: environment,
    'env_*': unneeded(`it is not the one of --env ${chosen}`),
  };
}

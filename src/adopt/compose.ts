import { join } from 'node:path';
import { toName } from '../config/values/name.ts';
import {
  becomes,
  impossible,
  impossibleIfSet,
  isObject,
  memoryLimit,
  textOf,
  unneeded,
  type Outcome,
  type Rules,
  type Surroundings,
} from './translation.ts';

/** The attributes of a service: https://docs.docker.com/reference/compose-file/services/ */

const noContainer =
  'the app runs on the machine itself, not in a container; to keep one, see `radiant export docker`';
const bySystemd = 'systemd can do that: see `radiant export systemd`, and systemd.exec(5)';
const network =
  'the app uses the network of the machine: in its variables write localhost for the names of services';
const labels = 'they are for what reads the labels of containers';
const logs = "Radiant keeps the workers' output in its state folder: point your log shipper there";

/** `node server.js` in the folder that the image is built of. */
function command(value: unknown, { entry, path }: Surroundings): Outcome {
  const words = Array.isArray(value) ? value.map(textOf) : textOf(value).trim().split(/\s+/);
  const file = words[0] === 'node' ? words[1] : words[0];
  if (words.length > 2 || file === undefined || !/\.[cm]?[jt]s$/.test(file)) {
    return {
      impossible: 'Radiant starts a script, a folder with a package.json or a bundle: name it as `app`',
    };
  }
  const folder = contextOf(entry.build);
  if (folder === undefined || file.startsWith('/')) {
    return { impossible: `${file} is a path inside of the image: name the same on this machine as \`app\`` };
  }
  const app = path(join(folder, file));
  return { taken: `app: '${app}'`, options: { app } };
}

function contextOf(built: unknown): string | undefined {
  const context = isObject(built) ? built.context : built;
  return typeof context === 'string' && !/^\w+:|^git@/.test(context) ? context : undefined;
}

function build(value: unknown, { entry, path }: Surroundings): Outcome {
  const folder = contextOf(value);
  if (folder === undefined) return { impossible: noContainer };
  if (entry.command !== undefined) return { unneeded: 'no image is built; `command` says what to run' };
  const app = path(folder);
  const taken = `app: '${app}'; for a Meteor app give the bundle that \`meteor build --directory\` makes of it`;
  return { taken, options: { app } };
}

function environment(value: unknown): Outcome {
  if (isObject(value)) return { taken: '', variables: value };
  if (!Array.isArray(value)) return { impossible: 'its variables cannot be told' };
  const pairs = value.map((entry): [string, string | undefined] => {
    const [name = '', ...rest] = String(entry).split('=');
    return [name, rest.length > 0 ? rest.join('=') : undefined];
  });
  return { taken: '', variables: Object.fromEntries(pairs) };
}

function envFile(value: unknown, { path }: Surroundings): Outcome {
  const files = [value].flat().map((entry) => (isObject(entry) ? entry.path : entry));
  const [first] = files;
  if (files.length !== 1 || typeof first !== 'string') {
    return { impossible: 'Radiant reads one environment file: join them' };
  }
  return { taken: `envFile: '${path(first)}'`, options: { envFile: path(first) } };
}

/** `"8080:3000"`, `"127.0.0.1:80:3000"`, `"3000"`, or the long form. */
function ports(value: unknown): Outcome {
  const all = [value].flat();
  const [first] = all.map(portOf);
  if (all.length !== 1 || first === undefined) {
    return {
      impossible: 'name the public port as `port`; Radiant publishes one, the others are for the app itself',
    };
  }
  const { host, published, target } = first;
  if (host === undefined && published === target) {
    return { taken: `port: ${published}`, options: { port: published } };
  }
  const listen = `${host ?? ''}:${published}`;
  return {
    taken: `listen: '${listen}'; the app is told ${target}`,
    options: { listen: [listen], port: target },
  };
}

function portOf(value: unknown): { host?: string; published: number; target: number } | undefined {
  if (isObject(value)) {
    const target = Number(value.target);
    const published = Number(value.published ?? target);
    const host = typeof value.host_ip === 'string' ? { host: value.host_ip } : {};
    return target > 0 && published > 0 ? { ...host, published, target } : undefined;
  }
  const match = /^(?:(?:(\[[^\]]+\]|[\d.]+):)?(\d+):)?(\d+)(?:\/tcp)?$/.exec(textOf(value));
  if (!match) return undefined;
  const target = Number(match[3]);
  return { ...(match[1] && { host: match[1] }), published: Number(match[2] ?? target), target };
}

/** The URL that a check asks, if it is one of the usual commands. */
function healthcheck(value: unknown): Outcome {
  const test = isObject(value) ? value.test : undefined;
  const text = Array.isArray(test) ? test.join(' ') : textOf(test);
  const url = /https?:\/\/(?:localhost|127\.0\.0\.1)(?::\d+)?(\/[^\s'"|)?#]*)?/.exec(text);
  if (!url) {
    return {
      impossible: 'a worker is well if its healthPath answers below 500, and while its event loop moves',
    };
  }
  const healthPath = url[1] ?? '/';
  return {
    taken: `healthPath: '${healthPath}'; it is asked at the start of each worker`,
    options: { healthPath },
  };
}

/** Compose's times: `1m30s`, `10s`. */
function seconds(value: unknown): string | undefined {
  const match = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(textOf(value).trim());
  const [hours, minutes, rest] = [1, 2, 3].map((index) => Number(match?.[index] ?? 0)) as [
    number,
    number,
    number,
  ];
  const total = hours * 3600 + minutes * 60 + rest;
  return match && total > 0 ? `${total}s` : undefined;
}

const signal = (value: unknown): Outcome => {
  const name = textOf(value).replace(/^(?!SIG)/, 'SIG');
  if (name === 'SIGTERM') return { unneeded: 'that is the usual one' };
  if (name !== 'SIGINT' && name !== 'SIGQUIT') return { impossible: 'see the option stopSignal' };
  return { taken: `stopSignal: '${name}'`, options: { stopSignal: name } };
};

const workers = becomes('workers', (value) => {
  const count = Number(value);
  return Number.isInteger(count) && count > 0 ? count : undefined;
});

const account = (value: unknown): Outcome => {
  const [user = '', group] = textOf(value).split(':');
  const options = { user, ...(group && { group }) };
  return { taken: `user: '${user}'${group ? `, group: '${group}'` : ''}, when Radiant is root`, options };
};

const container = Object.fromEntries(
  ['tty', 'stdin_open', 'init', 'platform', 'pull_policy', 'hostname', 'domainname', 'runtime', 'storage_opt']
    .concat([
      'attach',
      'annotations',
      'cgroup',
      'cgroup_parent',
      'ipc',
      'pid',
      'uts',
      'userns_mode',
      'isolation',
    ])
    .concat([
      'mac_address',
      'volumes_from',
      'credential_spec',
      'use_api_socket',
      'develop',
      'profiles',
      'image',
    ])
    .map((key) => [key, unneeded(noContainer)]),
);

const hardening = Object.fromEntries(
  [
    'cap_add',
    'cap_drop',
    'privileged',
    'read_only',
    'security_opt',
    'group_add',
    'devices',
    'device_cgroup_rules',
  ]
    .concat([
      'sysctls',
      'oom_kill_disable',
      'oom_score_adj',
      'mem_reservation',
      'mem_swappiness',
      'memswap_limit',
      'pids_limit',
      'tmpfs',
      'shm_size',
      'ulimits',
      'gpus',
    ])
    .concat([
      'cpus',
      'cpu_count',
      'cpu_percent',
      'cpu_period',
      'cpu_quota',
      'cpu_shares',
      'cpuset',
      'blkio_config',
    ])
    .concat(['cpu_rt_period', 'cpu_rt_runtime'])
    .map((key) => [key, impossibleIfSet(bySystemd)]),
);

const networking = Object.fromEntries(
  ['networks', 'network_mode', 'links', 'external_links', 'extra_hosts', 'dns', 'dns_opt', 'dns_search'].map(
    (key) => [key, impossibleIfSet(network)],
  ),
);

export const compose: Rules = {
  ...container,
  ...hardening,
  ...networking,
  build,
  command,
  entrypoint: impossibleIfSet(
    'what it does before the app starts belongs in a script around `radiant start`',
  ),
  working_dir: unneeded('a worker runs in the folder of the nearest package.json, or in `cwd`'),
  container_name: becomes('name', (value) => toName(textOf(value)) || undefined),
  environment,
  env_file: envFile,
  ports,
  expose: unneeded('there is no container between the port and the app'),
  volumes: unneeded('the app sees all folders of the machine: correct the paths in its variables'),
  depends_on: impossible('start these services first; After= and Wants= of systemd say so'),
  restart: unneeded(
    'a worker that dies is replaced; `radiant export systemd` starts Radiant with the machine',
  ),
  stop_grace_period: becomes('killTimeout', seconds),
  stop_signal: signal,
  healthcheck,
  scale: workers,
  'deploy.replicas': workers,
  mem_limit: memoryLimit,
  'deploy.resources.limits.memory': memoryLimit,
  'deploy.resources.*': impossibleIfSet(bySystemd),
  'deploy.restart_policy': unneeded('a worker that dies is replaced'),
  'deploy.update_config': unneeded(
    '`radiant deploy` replaces a release without a gap, and goes back by itself',
  ),
  'deploy.rollback_config': unneeded(
    '`radiant deploy` replaces a release without a gap, and goes back by itself',
  ),
  'deploy.*': impossible('it is for a cluster of machines'),
  user: account,
  logging: impossibleIfSet(logs),
  labels: impossibleIfSet(labels),
  label_file: impossibleIfSet(labels),
  secrets: impossible('put these variables in the environment file, mode 0600'),
  configs: impossible('the app reads files of the machine'),
  extends: impossible('write out what it stands for: `docker compose config` shows that'),
  post_start: impossible('a script around `radiant start` does it'),
  pre_stop: impossible('a script around `radiant stop` does it'),
  provider: impossible('it is no app'),
  models: impossible('it is no app'),
};

/** What a compose file says besides its services. */
export const composeOutside: Rules = {
  version: unneeded('it says nothing'),
  name: unneeded('`name` is that of the service'),
  networks: unneeded('they are for containers'),
  volumes: unneeded('they are for containers; copy what the app has stored there'),
  secrets: impossible('put them in the environment file, mode 0600'),
  configs: impossible('the app reads files of the machine'),
  include: impossible('`docker compose config` joins all files into one; translate that'),
  'x-*': unneeded('it says nothing by itself'),
};

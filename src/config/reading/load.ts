import { spawnSync } from 'node:child_process';
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { alertTargets } from '../values/alerts.ts';
import { nothingMore, plain, type Complete } from './complete.ts';
import { isTemplate } from '../values/expand.ts';
import { findConfigFile, loadConfigFile } from './file.ts';
import { addresses, everywhere, hasIPv6, type AdminPlace } from '../values/listen.ts';
import { nameOf } from '../values/name.ts';
import { honoured, type OptionName, type Values } from '../options/options.ts';
import { bytesEach, usualWorkers } from '../values/room.ts';
import { problemError, type Problem } from './problems.ts';
import { sharedAddresses } from './shared-addresses.ts';
import {
  fromDefaults,
  fromEnvironment,
  fromFile,
  fromFlags,
  readEnvFile,
  type Environment,
} from './sources.ts';
import { acmeOf, tlsFiles, tlsProblems } from './tls.ts';
import type { Address, Admin, Config, TcpAddress } from '../types.ts';

export interface ConfigInput {
  /** By option name, as the command line parser leaves them; `app` is the positional argument. */
  flags: Readonly<Partial<Record<OptionName, unknown>>>;
  cwd: string;
  env: Environment;
}

/**
 * Merges flags, configuration file, environment, environment file and defaults, the first said counts, and checks
 * all of it. Errors: USAGE when only flags are wrong, else CONFIG; either names every problem there is.
 */
export async function loadConfig({ flags, cwd, env }: ConfigInput): Promise<Config> {
  const said = fromFlags(flags, cwd);
  const given = said.values.config ?? (env.RADIANT_CONFIG ? resolve(cwd, env.RADIANT_CONFIG) : undefined);
  const file = findConfigFile(cwd, given);
  const written = file ? fromFile(await loadConfigFile(file), file) : { values: {}, problems: [] };
  const stronger = { ...written.values, ...said.values };
  const inherited = fromEnvironment(env, cwd, undefined, stronger);
  const envFile = stronger.envFile ?? inherited.values.envFile;
  const more = envFile ? readEnvFile(envFile) : { env: {}, problems: [] };
  const listed = fromEnvironment(more.env, cwd, envFile, { ...inherited.values, ...stronger });
  const levels = [said, written, inherited, listed];
  const told = Object.assign({}, ...levels.toReversed().map((level) => level.values)) as Values;
  const values = { ...fromDefaults(cwd, told), ...told } as Complete;
  const problems = [...levels.flatMap((level) => level.problems), ...more.problems];
  problems.push(...conflicts(levels.map((level) => level.values)), ...badVariables(written.values.env, file));
  problems.push(...badAccount(values), ...tlsProblems(values));
  if (problems.length > 0) throw problemError(problems);
  const { listen, port } = publicAddresses(
    levels.map((level) => level.values),
    values,
  );
  const config = complete(values, listen, port, workerEnv(more.env, values.env, env));
  const shared = sharedAddresses(config);
  if (shared.length > 0) throw problemError(shared);
  return config;
}

function complete(
  values: Complete,
  listen: Address[],
  port: number,
  variables: Pick<Config, 'env' | 'literalEnv'>,
): Config {
  const { name, workers, admin, agentCheck, redirect = [], proxiesFrom = [] } = values;
  const tls = tlsFiles(values);
  const acme = acmeOf(values);
  const alerts = alertTargets(values.alerts, values.alertsWebhook);
  const counts = workersIn(workers);
  const most = (counts.scaling?.max ?? counts.workers) + values.spare;
  const { maxMemory } = values;
  return {
    ...nothingMore,
    ...plain(values),
    ...(admin && { admin: placed(admin) }),
    ...(agentCheck && { agentCheck: tcpAddresses(agentCheck) }),
    ...(tls && { tls }),
    ...(acme && { acme }),
    redirect: bound(redirect),
    ...(alerts && { alerts }),
    proxies: proxiesFrom.length > 0 ? 1 : values.proxies,
    proxiesFrom,
    name: name ?? nameOf(values.app),
    listen,
    port,
    ...counts,
    ...(maxMemory !== undefined && { maxMemory: bytesEach(maxMemory, most) }),
    ...variables,
  };
}

function placed({ host, port, token }: AdminPlace): Admin {
  return { listen: tcpAddresses({ host, port }), ...(token !== undefined && { token }) };
}

const tcpAddresses = ({ host, port }: TcpAddress): TcpAddress[] =>
  addresses(host, port, hasIPv6()).filter((address) => 'port' in address);

function workersIn(workers: Complete['workers']): Pick<Config, 'workers' | 'scaling'> {
  const usual = usualWorkers();
  if (typeof workers !== 'object') return { workers: workers === 'auto' ? usual : workers };
  const { min, max } = workers;
  return { workers: min, scaling: { ...workers, max: max === 'auto' ? Math.max(min, usual) : max } };
}

/**
 * `listen` replaces host and port, unless a stronger place says host or port: `--port 4000` beats the file's `listen`.
 * The port that the app is told is the given one, or that of the first listener.
 */
function publicAddresses(levels: readonly Values[], values: Complete): { listen: Address[]; port: number } {
  const level = levels.findIndex(({ listen, host, port }) => listen ?? port ?? host !== undefined);
  const listeners = levels[level]?.listen;
  if (!listeners) {
    return { listen: addresses(values.host ?? everywhere, values.port, hasIPv6()), port: values.port };
  }
  const tcp = listeners.find((entry) => entry.kind === 'tcp');
  const port = levels[level]?.port ?? tcp?.port ?? values.port;
  return { listen: bound(listeners), port };
}

/** The addresses to bind for what was written, each once. */
function bound(listeners: NonNullable<Values['listen']>): Address[] {
  const ipv6 = hasIPv6();
  const all = listeners.flatMap((entry): Address[] => {
    if (entry.kind === 'tcp') return addresses(entry.host, entry.port, ipv6);
    return entry.kind === 'path' ? [{ path: entry.path }] : [];
  });
  const unique = new Map(all.map((address) => [JSON.stringify(address), address]));
  return [...unique.values()];
}

function conflicts(levels: readonly Values[]): Problem[] {
  const problems: Problem[] = [];
  for (const [index, { listen, host }] of levels.entries()) {
    const flag = index === 0;
    if (listen && host !== undefined) {
      const what = 'listen and host exclude each other';
      problems.push({ where: 'listen', what, remedy: 'Write the host into listen: `127.0.0.1:80`', flag });
    }
    if (listen && listen.length > 1 && listen.some((entry) => entry.kind === 'none')) {
      const what = '`none` stands beside other addresses';
      problems.push({ where: 'listen', what, remedy: 'Leave out `none`, or the others', flag });
    }
  }
  return problems;
}

/** The variables that Radiant itself sets in a worker cannot be set past it. */
function badVariables(env: Values['env'], file: string | undefined): Problem[] {
  return Object.keys(env ?? {}).flatMap((variable) => {
    const where = `${file}: env.${variable}`;
    const option = honoured[variable];
    if (option) {
      const what = 'Radiant sets this variable itself';
      return [{ where, what, remedy: `Use the option "${option}"`, flag: false }];
    }
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable)) return [];
    return [
      { where, what: 'this is no name of a variable', remedy: 'Use letters, digits and _', flag: false },
    ];
  });
}

function badAccount({ user, group }: Values): Problem[] {
  if (process.getuid?.() === 0 || (user === undefined && group === undefined)) return [];
  if ((user ?? userInfo().username) === userInfo().username && (group ?? ownGroup()) === ownGroup())
    return [];
  const what = 'only root can run workers as somebody else';
  return [
    {
      where: user === undefined ? 'group' : 'user',
      what,
      remedy: 'Leave it out, or start as root',
      flag: false,
    },
  ];
}

/** A unit of systemd that names the user and the group has Radiant run as these already. */
const ownGroup = (): string => spawnSync('id', ['-gn'], { encoding: 'utf8' }).stdout.trim();

/** As in Node's own `--env-file`, a variable that is in the environment already is stronger than the file. */
function workerEnv(
  listed: Record<string, string>,
  written: Values['env'],
  env: Environment,
): Pick<Config, 'env' | 'literalEnv'> {
  const own = Object.entries(listed).filter(
    ([name]) => env[name] === undefined && !honoured[name] && written?.[name] === undefined,
  );
  const literalEnv = own.filter(([, value]) => isTemplate(value)).map(([name]) => name);
  return { env: { ...Object.fromEntries(own), ...written }, ...(literalEnv.length > 0 && { literalEnv }) };
}

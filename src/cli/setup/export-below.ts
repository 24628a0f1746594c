import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { flagName } from '../../config/options/flag-name.ts';
import { canBeIn, optionNames, optionTable, type OptionName } from '../../config/options/options.ts';
import type { Config } from '../../config/types.ts';
import { RadiantError } from '../../common/errors.ts';
import type { Exported } from '../../export/text.ts';
import { ownVersion } from '../../common/version.ts';
import { notEntered, type Source } from './export-source.ts';
import type { Invocation, VerbOption } from '../verb/verb.ts';

/** What is asked of those that an app runs under. */
export const belowOptions: Readonly<Record<string, VerbOption>> = {
  exec: {
    summary: 'systemd: the path of `radiant` on the machine (default: the one that runs now)',
    placeholder: 'PATH',
  },
};

export async function exportSystemd(source: Source, invocation: Invocation): Promise<Exported> {
  const { systemd } = await import('../../export/systemd.ts');
  const { config } = source;
  const { flags, cwd } = invocation;
  const own = userInfo().username;
  const user = config.user ?? (own === 'root' ? 'radiant' : own);
  const exec = typeof flags.exec === 'string' ? [flags.exec] : [process.execPath, resolve(process.argv[1]!)];
  const command = [...exec, 'start', config.app, ...startFlags(source, invocation)];
  const reload = [...exec, 'restart', '--name', config.name];
  const files = systemd(config, { command, reload, folder: cwd, user });
  const named = [...exec, config.app, config.settings, cwd].filter((path) => path?.startsWith('/') === true);
  const names = Object.keys(files);
  return {
    files,
    before: [
      ...(source.running
        ? [
            'The app must start from its files alone: what was said by flags or variables, write into radiant.config.ts.',
          ]
        : []),
      ...(user === 'radiant'
        ? ['Make the user that it runs as: useradd --system --home-dir /var/lib/radiant radiant']
        : []),
      ...unseen(named as string[]),
      ...(user === own || own !== 'root' ? [] : notEntered(named as string[], user)),
      `The app's own variables (MONGO_URL): name a file that only ${user} reads with --env-file.`,
    ],
    place: '/etc/systemd/system',
    after: () => [`Then: systemctl daemon-reload && systemctl enable --now ${names.join(' ')}`],
  };
}

/** PrivateTmp, without which any program of the machine could put something in the app's way there. */
function unseen(paths: readonly string[]): string[] {
  const hidden = [...new Set(paths.filter((path) => /^\/(?:var\/)?tmp\//.test(path)))];
  if (hidden.length === 0) return [];
  return [
    `The unit sees nothing of /tmp: have what is there (${hidden.join(', ')}) in a folder such as /srv.`,
  ];
}

/** The flags that were given, as they were; the name always, since it depends on where the command runs. */
function startFlags({ config }: Source, { flags, cwd }: Invocation): string[] {
  const given = optionNames.flatMap((name) => {
    if (name === 'name' || name === 'detach' || !canBeIn(name, 'flag')) return [];
    const values = [flags[flagName(name)]].flat().filter((value) => value !== undefined);
    return values.flatMap((value) => flagWords(name, value, cwd));
  });
  return ['--name', config.name, ...given];
}

function flagWords(name: OptionName, value: unknown, cwd: string): string[] {
  const flag = `--${flagName(name)}`;
  if (value === true) return [flag];
  return [flag, optionTable[name].path ? resolve(cwd, String(value)) : String(value)];
}

/** What means the same in a container; paths, addresses, accounts and the number of workers are the machine's. */
const portable = [
  'affinity',
  'handOver',
  'spare',
  'healthPath',
  'waitReady',
  'stopSignal',
  'noStatic',
  'headTimeout',
  'requestTimeout',
  'startTimeout',
  'deployTimeout',
  'drainTimeout',
  'killTimeout',
  'keepChildren',
  'hangTimeout',
  'queueTimeout',
  'watch',
] as const;

/** The flags for what differs from the defaults: the configuration file is not in the image. */
async function inContainer(config: Config): Promise<string[]> {
  const { readValue } = await import('../../config/reading/schema.ts');
  const { scaling } = config;
  const range = scaling === undefined ? [] : ['--workers', `${scaling.min}-${scaling.max}`];
  return portable.reduce<string[]>((flags, name) => {
    const usual = readValue(name, optionTable[name].default, name, false);
    const value = config[name];
    if (usual.ok && usual.value === value) return flags;
    const flag = `--${flagName(name)}`;
    const unit = /(?:Timeout|watch)$/.test(name) ? 'ms' : '';
    return [...flags, flag, ...(value === true ? [] : [`${value}${unit}`])];
  }, range);
}

export async function exportDocker({ config }: Source, { cwd }: Invocation): Promise<Exported> {
  const [{ docker }, { locateApp }, { readStar }] = await Promise.all([
    import('../../export/docker.ts'),
    import('../../bundle/source/locate.ts'),
    import('../../bundle/source/star.ts'),
  ]);
  const app = await locateApp(config.app);
  const folder = app.kind === 'bundle' ? app.folder : app.kind === 'node' ? app.cwd : undefined;
  const path = folder === undefined ? undefined : relative(cwd, folder);
  if (path === undefined || path.startsWith('..')) {
    throw new RadiantError(
      'USAGE',
      `export: docker reads the app from a folder below ${cwd}, and ${config.app} is none`,
      'Unpack the archive, and run this in the folder above of it',
    );
  }
  const bundleNode = app.kind === 'bundle' ? (await readStar(app.folder)).nodeVersion : undefined;
  const entry = app.kind === 'node' ? relative(app.cwd, app.entry) : '';
  const flags = await inContainer(config);
  const files = docker(config, { bundleNode, app: path, entry, flags, radiant: ownVersion() });
  return {
    files,
    before: [
      ...(existsSync(join(cwd, '.env'))
        ? []
        : ['Secrets such as MONGO_URL go into .env beside compose.yaml.']),
      ...(bundleNode === undefined
        ? []
        : [`If there is no image node:${bundleNode} (Meteor made its own 14.21.4), choose the nearest one.`]),
    ],
    place: cwd,
    after: () => ['Then: docker compose up --build'],
  };
}

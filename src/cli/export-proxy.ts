import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { RadiantError } from '../errors.ts';
import type { HaproxyOptions } from '../export/haproxy.ts';
import type { NginxOptions } from '../export/nginx.ts';
import type { Exported } from '../export/text.ts';
import type { Source } from './export-source.ts';
import type { Invocation, VerbOption } from './verb.ts';

/** What is asked of those who stand in front of an app. */
export const proxyOptions: Readonly<Record<string, VerbOption>> = {
  'server-name': {
    summary: 'nginx: the host names that it answers for (default: all)',
    placeholder: 'NAMES',
  },
  'tls-cert': {
    summary: 'nginx: the certificate with its chain. HAProxy: one file that holds the key too',
    placeholder: 'FILE',
  },
  'tls-key': { summary: "nginx: the certificate's key", placeholder: 'FILE' },
  bind: {
    summary: 'Where nginx or HAProxy listens: `80`, `127.0.0.1:8080` (default: 80, with TLS 443)',
    placeholder: 'ADDRESS',
    multiple: true,
  },
  'no-disk': { summary: 'nginx: leave hashed files to the workers, who ask the app first' },
  flavor: {
    summary:
      'classic (nginx 1.18 and later), sticky (1.29.6 and later), tengine, or what `nginx -v` says (default: auto)',
    placeholder: 'auto|classic|sticky|tengine',
  },
};

export async function exportNginx(source: Source, invocation: Invocation): Promise<Exported> {
  const [{ nginx }, { siteOf }, { adviceFor }] = await Promise.all([
    import('../export/nginx.ts'),
    import('../export/site.ts'),
    import('../export/advice.ts'),
  ]);
  const { config, run } = source;
  const all = siteOf(config, { run: run.folder, state: run.state });
  const site = invocation.flags['no-disk'] === true ? { ...all, web: undefined } : all;
  const text = nginx(site, await nginxOptions(invocation));
  return {
    files: { [`${config.name}.conf`]: text },
    before: [
      ...adviceFor(config, site),
      ...notEntered([run.folder, ...(site.web === undefined ? [] : [site.web])]),
    ],
    place: `/etc/nginx/conf.d/${config.name}.conf`,
    after: () => ['Then: nginx -t && nginx -s reload. From then on no reload is needed.'],
  };
}

export async function exportHaproxy(source: Source, invocation: Invocation): Promise<Exported> {
  const [{ haproxy }, { siteOf }, { adviceFor }] = await Promise.all([
    import('../export/haproxy.ts'),
    import('../export/site.ts'),
    import('../export/advice.ts'),
  ]);
  const { config, run } = source;
  const site = siteOf(config, { run: run.folder, state: run.state });
  const text = haproxy(site, haproxyOptions(invocation));
  return {
    files: { [`${config.name}.cfg`]: text },
    before: [...adviceFor(config, site), ...notEntered([run.folder])],
    place: `/etc/haproxy/${config.name}.cfg`,
    after: (file) => [
      `Have HAProxy read it too: -f /etc/haproxy/haproxy.cfg -f ${file}.`,
      'Then restart HAProxy. From then on no reload is needed.',
    ],
  };
}

function haproxyOptions({ flags, cwd }: Invocation): HaproxyOptions {
  if (flags['tls-key'] !== undefined) {
    const message = 'export: HAProxy reads certificate and key from one file';
    throw new RadiantError('USAGE', message, 'Join both files, and give that one with --tls-cert');
  }
  const cert = flags['tls-cert'] as string | undefined;
  const given = flags.bind as string[] | undefined;
  return {
    bind: given ?? [cert === undefined ? ':80' : ':443'],
    tls: cert === undefined ? undefined : resolve(cwd, cert),
    redirectFrom: cert === undefined || given !== undefined ? [] : [':80'],
  };
}

async function nginxOptions({ flags, cwd }: Invocation): Promise<NginxOptions> {
  const [cert, key] = [flags['tls-cert'], flags['tls-key']];
  if ((cert === undefined) !== (key === undefined)) {
    throw new RadiantError(
      'USAGE',
      'export: --tls-cert and --tls-key belong together',
      'Give both, or neither',
    );
  }
  const tls =
    cert === undefined ? undefined : { cert: resolve(cwd, cert as string), key: resolve(cwd, key as string) };
  const given = flags.bind as string[] | undefined;
  const name = flags['server-name'] as string | undefined;
  if (name !== undefined && !/^[\w.*~^$\\ -]+$/.test(name)) {
    throw new RadiantError('USAGE', `export: --server-name: "${name}" holds no host names`);
  }
  return {
    flavor: await flavorFor(flags.flavor as string | undefined),
    bind: given ?? (await onAll(tls === undefined ? 80 : 443)),
    serverName: name,
    tls,
    redirectFrom: tls === undefined || given !== undefined ? [] : await onAll(80),
  };
}

async function onAll(port: number): Promise<string[]> {
  const { hasIPv6 } = await import('../config/listen.ts');
  return hasIPv6() ? [`${port}`, `[::]:${port}`] : [`${port}`];
}

const flavors = ['classic', 'sticky', 'tengine'] as const;

async function flavorFor(asked = 'auto'): Promise<NginxOptions['flavor']> {
  const known = flavors.find((flavor) => flavor === asked);
  if (known !== undefined) return known;
  if (asked !== 'auto') {
    const message = `export: --flavor: "${asked}" is none of auto, ${flavors.join(', ')}`;
    throw new RadiantError('USAGE', message);
  }
  const { flavorOf } = await import('../export/nginx-flavor.ts');
  // Debian keeps it where only root's PATH leads.
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` };
  const { stdout, stderr } = spawnSync('nginx', ['-v'], { env, encoding: 'utf8' });
  return flavorOf(`${stdout}${stderr}`) ?? 'classic';
}

/** The first folder on the way to each of these that other users cannot enter. */
function notEntered(folders: readonly string[]): string[] {
  const closed = new Set(folders.map(firstClosed).filter((folder) => folder !== undefined));
  return [...closed].map(
    (folder) =>
      `The proxy's user must be able to enter ${folder}: chmod o+x, or another place by RADIANT_HOME.`,
  );
}

function firstClosed(folder: string): string | undefined {
  const above = dirname(folder) === folder ? undefined : firstClosed(dirname(folder));
  if (above !== undefined) return above;
  const mode = statSync(folder, { throwIfNoEntry: false })?.mode;
  return mode !== undefined && (mode & 0o001) === 0 ? folder : undefined;
}

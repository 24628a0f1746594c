import { spawnSync } from 'node:child_process';
import { isIP } from 'node:net';
import { dirname, resolve } from 'node:path';
import { RadiantError } from '../../common/errors.ts';
import type { HaproxyOptions } from '../../export/haproxy.ts';
import type { NginxOptions } from '../../export/nginx.ts';
import type { Exported } from '../../export/text.ts';
import { notEntered, type Source } from './export-source.ts';
import type { Invocation, VerbOption } from '../verb/verb.ts';

/** What is asked of those who stand in front of an app. */
export const proxyOptions: Readonly<Record<string, VerbOption>> = {
  'server-name': {
    summary: 'nginx: the host names that it answers for (default: that of ROOT_URL)',
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
    import('../../export/nginx.ts'),
    import('../../export/site.ts'),
    import('../../export/advice.ts'),
  ]);
  const { config, run } = source;
  const all = siteOf(config, { run: run.folder, state: run.state });
  const site = invocation.flags['no-disk'] === true ? { ...all, web: undefined } : all;
  const options = await nginxOptions(invocation, config.rootUrl);
  const text = nginx(site, options);
  return {
    files: { [`${config.name}.conf`]: text },
    before: [
      ...adviceFor(config, site),
      ...(options.serverName === undefined ? [unnamed] : []),
      ...notEntered([socketsOf(source), ...(site.web === undefined ? [] : [site.web])], proxyUser),
    ],
    place: `/etc/nginx/conf.d/${config.name}.conf`,
    after: () => ['Then: nginx -t && nginx -s reload. From then on no reload is needed.'],
  };
}

export async function exportHaproxy(source: Source, invocation: Invocation): Promise<Exported> {
  const [{ haproxy }, { siteOf }, { adviceFor }] = await Promise.all([
    import('../../export/haproxy.ts'),
    import('../../export/site.ts'),
    import('../../export/advice.ts'),
  ]);
  const { config, run } = source;
  const site = siteOf(config, { run: run.folder, state: run.state });
  const text = haproxy(site, await haproxyOptions(invocation));
  return {
    files: { [`${config.name}.cfg`]: text },
    before: [...adviceFor(config, site), ...notEntered([socketsOf(source)], proxyUser)],
    place: `/etc/haproxy/${config.name}.cfg`,
    after: (file) => [
      `Have HAProxy read it too: -f /etc/haproxy/haproxy.cfg -f ${file}.`,
      'Then restart HAProxy. From then on no reload is needed.',
      'Another app needs another --bind: HAProxy deals out what comes to an address of both to either of them.',
    ],
  };
}

async function haproxyOptions({ flags, cwd }: Invocation): Promise<HaproxyOptions> {
  if (flags['tls-key'] !== undefined) {
    const message = 'export: HAProxy reads certificate and key from one file';
    throw new RadiantError('USAGE', message, 'Join both files, and give that one with --tls-cert');
  }
  const cert = flags['tls-cert'] as string | undefined;
  const given = flags.bind as string[] | undefined;
  return {
    bind: given ?? (await onAllOfHaproxy(cert === undefined ? 80 : 443)),
    tls: cert === undefined ? undefined : resolve(cwd, cert),
    redirectFrom: cert === undefined || given !== undefined ? [] : await onAllOfHaproxy(80),
  };
}

/** `:80` is IPv4 only; with `v6only` no setting of the kernel matters. */
const onAllOfHaproxy = async (port: number): Promise<string[]> =>
  (await onAll(port)).map((address) => (address.startsWith('[') ? `:::${port} v6only` : `:${port}`));

/** The folder where the names of the sockets are. */
const socketsOf = ({ config, run }: Source): string =>
  config.socketBase === undefined ? run.folder : dirname(config.socketBase);

const proxyUser = "the proxy's user";

const unnamed =
  'Say --server-name: without it only requests get here that no other site of nginx takes, and Debian has a default site that takes all.';

/** The host name of ROOT_URL; none for an address or this machine. */
function hostOf(rootUrl: string | undefined): string | undefined {
  const host = URL.parse(rootUrl ?? '')?.hostname ?? '';
  return host.includes('.') && isIP(host) === 0 ? host : undefined;
}

async function nginxOptions({ flags, cwd }: Invocation, rootUrl: string | undefined): Promise<NginxOptions> {
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
  const name = (flags['server-name'] as string | undefined)?.split(/[\s,]+/).join(' ');
  if (name !== undefined && !/^[\w.*~^$\\ -]+$/.test(name)) {
    throw new RadiantError('USAGE', `export: --server-name: "${name}" holds no host names`);
  }
  return {
    ...(await versionFor(flags.flavor as string | undefined)),
    bind: given ?? (await onAll(tls === undefined ? 80 : 443)),
    serverName: name ?? hostOf(rootUrl),
    tls,
    redirectFrom: tls === undefined || given !== undefined ? [] : await onAll(80),
  };
}

async function onAll(port: number): Promise<string[]> {
  const { hasIPv6 } = await import('../../config/values/listen.ts');
  return hasIPv6() ? [`${port}`, `[::]:${port}`] : [`${port}`];
}

const flavors = ['classic', 'sticky', 'tengine'] as const;

async function versionFor(asked = 'auto'): Promise<Pick<NginxOptions, 'flavor' | 'http2'>> {
  const { traitsOf, usual } = await import('../../export/nginx-version.ts');
  const known = flavors.find((flavor) => flavor === asked);
  if (known !== undefined) return usual(known);
  if (asked !== 'auto') {
    const message = `export: --flavor: "${asked}" is none of auto, ${flavors.join(', ')}`;
    throw new RadiantError('USAGE', message);
  }
  // Debian keeps it where only root's PATH leads.
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` };
  const { stdout, stderr } = spawnSync('nginx', ['-v'], { env, encoding: 'utf8' });
  return traitsOf(`${stdout}${stderr}`) ?? usual('classic');
}

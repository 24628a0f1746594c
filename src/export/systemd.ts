import type { Address, Config } from '../config/types.ts';
import { text } from './text.ts';

/** How the app is started on the machine that the units are for. */
export interface Start {
  /** The command, without the option that says which sockets: absolute paths. */
  command: string[];
  /** The command that replaces all workers. */
  reload: string[];
  /** The current folder, where the configuration file is found. */
  folder: string;
  user: string;
}

const made = '# Made by `radiant export systemd`.';

const section = (name: string, body: readonly string[]): string[] => [`[${name}]`, ...body];

/** Units for systemd (235 and later): the sockets belong to systemd, so nothing that happens to Radiant closes them. */
export function systemd(config: Config, start: Start): Record<string, string> {
  const { name } = config;
  const sockets = [...config.listen, ...config.redirect];
  return {
    ...(sockets.length > 0 && { [`${name}.socket`]: socketUnit(name, sockets) }),
    [`${name}.service`]: serviceUnit(config, start, sockets.length > 0),
  };
}

const stream = (address: Address): string =>
  'path' in address
    ? address.path
    : `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;

function socketUnit(name: string, sockets: readonly Address[]): string {
  return text(
    [made],
    section('Unit', [`Description=The addresses of ${name}`]),
    section('Socket', [
      ...sockets.map((address) => `ListenStream=${stream(address)}`),
      '# IPv4 and IPv6 get a socket each: else IPv4 clients read as ::ffff:….',
      'BindIPv6Only=ipv6-only',
      'Backlog=4096',
    ]),
    section('Install', ['WantedBy=sockets.target']),
  );
}

function serviceUnit(config: Config, start: Start, activated: boolean): string {
  const { name, drainTimeout, killTimeout } = config;
  const grace = Math.ceil((drainTimeout + killTimeout) / 1000) + 10;
  return text(
    [made],
    section('Unit', [
      `Description=${name}, run by Radiant`,
      'After=network-online.target',
      'Wants=network-online.target',
      ...(activated ? [`Requires=${name}.socket`, `After=${name}.socket`] : []),
    ]),
    section('Service', [
      'Type=notify',
      '# Node knows no datagram sockets: systemd-notify speaks for it.',
      'NotifyAccess=all',
      `ExecStart=${start.command.map(word).join(' ')}`,
      '# A rolling restart; the reload is over when all workers are new.',
      `ExecReload=${start.reload.map(word).join(' ')}`,
      `WorkingDirectory=${start.folder.replaceAll('%', '%%')}`,
      `User=${start.user}`,
      ...(config.group === undefined ? [] : [`Group=${config.group}`]),
      '# Told as long as the supervisor answers. The next start takes over what runs, and ends a supervisor that hangs.',
      'WatchdogSec=30',
      'Restart=always',
      'RestartSec=1',
      `TimeoutStartSec=${Math.ceil(config.startTimeout / 1000) * 2 + 600}`,
      `TimeoutStopSec=${grace}`,
      '# Radiant ends its workers itself, gracefully. Should its keeper be killed, they serve on until it is started again.',
      'KillMode=process',
      'OOMPolicy=continue',
      ...folders(),
      'LimitNOFILE=65536',
      ...hardening,
    ]),
    section('Install', ['WantedBy=multi-user.target']),
  );
}

/** Where root's Radiant looks too: so `radiant status` finds the app as root. */
const folders = (): string[] => [
  'RuntimeDirectory=radiant',
  'RuntimeDirectoryPreserve=yes',
  'StateDirectory=radiant',
  'CacheDirectory=radiant',
  'Environment=XDG_RUNTIME_DIR=/run XDG_STATE_HOME=/var/lib XDG_CACHE_HOME=/var/cache',
];

/** What a web app never needs. Memory that is written and executed it does: V8 compiles. */
const hardening = [
  'AmbientCapabilities=CAP_NET_BIND_SERVICE',
  'CapabilityBoundingSet=CAP_NET_BIND_SERVICE',
  'NoNewPrivileges=yes',
  'PrivateTmp=yes',
  'ProtectSystem=full',
  'ProtectKernelTunables=yes',
  'ProtectKernelModules=yes',
  'ProtectControlGroups=yes',
  'RestrictSUIDSGID=yes',
  'RestrictRealtime=yes',
  'LockPersonality=yes',
  'SystemCallArchitectures=native',
];

/** One word of a command line (systemd.service, "Command lines"): `%` and `$` are special everywhere. */
function word(value: string): string {
  const escaped = value.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w./:@=,+%$-]+$/.test(escaped) ? escaped : `"${escaped.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

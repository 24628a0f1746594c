import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Affinity, Config, TcpAddress } from '../config/types.ts';
import { mostSlots, stableName } from '../disk/socket-name.ts';

/** An app as those in front of it need to know it. */
export interface Site {
  name: string;
  /** The name for variables and sections: letters, digits and underscores, short enough for nginx's hash tables. */
  id: string;
  cookie: string;
  affinity: Affinity;
  healthPath: string;
  /** The stable socket names, of slot 1 first. */
  sockets: string[];
  /** The app's own TCP address: there the kernel lets connections wait while no worker lives. */
  waitingRoom: string | undefined;
  /** Where HAProxy's agent checks are answered. */
  agentCheck: TcpAddress | undefined;
  /** Where the hashed files of all kept releases lie, by coding and URL. */
  web: string | undefined;
}

export interface Places {
  /** The app's run folder and its state folder, absolute. */
  run: string;
  state: string;
}

/** nginx refuses variable names that do not fit its hash table: 64 bytes a bucket by default. */
function idOf(name: string): string {
  const id = name.replaceAll('-', '_');
  return id.length <= 20
    ? id
    : `${id.slice(0, 13)}_${createHash('sha256').update(name).digest('hex').slice(0, 6)}`;
}

export function siteOf(config: Config, { run, state }: Places): Site {
  const { name, affinity, healthPath, noStatic } = config;
  const slots = Array.from({ length: mostSlots(config) }, (_, i) => i + 1);
  return {
    name,
    id: idOf(name),
    cookie: `radiant-${name}`,
    affinity,
    healthPath,
    sockets: slots.map((slot) => stableName(config, run, slot)),
    waitingRoom: waitingRoom(config),
    agentCheck: config.agentCheck?.[0] && {
      ...config.agentCheck[0],
      host: reached(config.agentCheck[0].host),
    },
    web: noStatic ? undefined : join(state, 'web'),
  };
}

function waitingRoom({ listen, tls, proxyProtocol }: Config): string | undefined {
  // There the app speaks HTTPS, or waits for a PROXY header; the proxy speaks plain HTTP.
  if (tls !== undefined || proxyProtocol.length > 0) return undefined;
  const address = listen.find((entry) => 'port' in entry);
  if (address === undefined) return undefined;
  const host = reached(address.host);
  return `${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}

/** An address that stands for all interfaces is reached by the loopback one. */
const reached = (host: string): string =>
  ({ '0.0.0.0': '127.0.0.1', '::': '::1', localhost: '127.0.0.1' })[host] ?? host;

/** The slots that take over for one that nobody answers for: those that follow, and with a waiting room fewer. */
export function standIns(site: Site, slot: number): number[] {
  const count = Math.min(site.sockets.length - 1, site.waitingRoom === undefined ? 8 : 2);
  return Array.from({ length: count }, (_, i) => ((slot + i) % site.sockets.length) + 1);
}

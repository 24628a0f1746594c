import type { Address, ChallengeType } from '../config/types.ts';
import { isoDate } from '../common/dates.ts';
import { warnedBeforeMs } from '../tls/expiry.ts';
import { advice, good, wrong, type Check } from './finding.ts';

/** What is to run, and how. */
export interface AppFacts {
  kind: 'bundle' | 'archive' | 'node';
  path: string;
  /** What the bundle asks for, and what of it is on this machine. */
  node: { wanted: string; found: string | undefined } | undefined;
  /** Its npm packages are there; undefined where that cannot be told. */
  installed: boolean | undefined;
  settings: { bytes: number } | undefined;
  uws: boolean;
  rootUrl: string | undefined;
  listen: readonly Address[];
  port: number;
  /** The certificates that Radiant serves HTTPS with: what they are for and until when, or why they do not serve. */
  tls: readonly ({ names: string[]; expires: Date } | { problem: string; remedy: string })[];
  /** The certificate that Radiant gets itself: its names, and those of them that DNS does not know. */
  acme: { domains: string[]; unknown: string[]; challenge: ChallengeType | undefined } | undefined;
  /** The addresses that send visitors on to HTTPS. */
  redirect: readonly Address[];
  now: number;
  proxies: number;
  /** HTTP_FORWARDED_COUNT as the environment or the environment file has it. */
  forwardedCount: string | undefined;
  /** Somebody listens on the port: this app, another process, or nobody. */
  taken: 'free' | 'ours' | 'other';
  /** Ports below this need root or a capability; undefined when this process may bind any. */
  firstFreePort: number | undefined;
  sockets: { longest: string; limit: number; folder: string; writable: boolean };
  /** What each kept release takes on the disk, and how much is free there; undefined before the first. */
  releases: { bytes: readonly number[]; free: number; folder: string } | undefined;
}

const tcp = (listen: readonly Address[]) => listen.flatMap((each) => ('port' in each ? [each] : []));

const bundle: Check<AppFacts> = ({ kind, path, installed }) => {
  if (kind === 'node') return good(`${path} is a Node app`);
  if (kind === 'archive') return good(`${path} is the archive of a bundle`);
  const npm = installed ? 'its packages are installed' : 'its packages will be installed at the first start';
  return good(`${path} is a Meteor bundle; ${npm}`);
};

const node: Check<AppFacts> = ({ node: need }) => {
  if (need === undefined) return undefined;
  if (need.found !== undefined) return good(`it asks for Node ${need.wanted}; ${need.found}`);
  return advice(
    `it asks for Node ${need.wanted}, which is not on this machine`,
    'The first start fetches it from the npm registry; where there is no network, install it, or name another with --node',
  );
};

/** The public URL must lead to where Radiant listens, or to a proxy in front of it. */
const rootUrl: Check<AppFacts> = ({ rootUrl: text, listen, proxies: count, kind, tls, acme }) => {
  if (text === undefined) {
    if (kind === 'node') return undefined;
    return advice(
      'there is no ROOT_URL: links in mails and logins by other sites lead to localhost',
      'Set rootUrl',
    );
  }
  const url = new URL(text);
  const secure = url.protocol === 'https:';
  if (count > 0) return good(`${text}, by ${count} ${count === 1 ? 'proxy' : 'proxies'} in front`);
  const serves = tls.length > 0 || acme !== undefined;
  if (secure && !serves) {
    return wrong(
      `${text} is https, but Radiant has no certificate, and trusts nobody in front who might (proxies is 0)`,
      'Give it a certificate (--tls-cert, --tls-key), or put nginx or HAProxy in front and say `proxies: 1`',
    );
  }
  if (!secure && serves) return wrong(`${text} is http, and Radiant serves https`, 'Correct rootUrl');
  const port = Number(url.port || (secure ? 443 : 80));
  const ports = tcp(listen).map((each) => each.port);
  if (ports.length > 0 && !ports.includes(port)) {
    return wrong(
      `${text} means port ${port}, and Radiant listens on ${[...new Set(ports)].join(', ')}`,
      'Correct rootUrl or port; behind a proxy say `proxies: 1`',
    );
  }
  return good(`${text} is where Radiant listens`);
};

/** RFC 6125, 6.4.3: a star stands for one label. */
const covers = (name: string, host: string): boolean =>
  name === host || (name.startsWith('*.') && host.replace(/^[^.]+/, '*') === name);

const certificate: Check<AppFacts> = ({ tls, rootUrl: text, now }) => {
  if (tls.length === 0) return undefined;
  const names: string[] = [];
  let first = Infinity;
  for (const each of tls) {
    if ('problem' in each) return wrong(each.problem, each.remedy);
    names.push(...each.names);
    first = Math.min(first, each.expires.getTime());
  }
  const found = `for ${names.join(', ')}, until ${isoDate(first).slice(0, 10)}`;
  const renew = 'Renew it, and run `radiant tls reload`';
  if (first < now) return wrong(`${found}: it has expired`, renew);
  const host = text === undefined ? undefined : new URL(text).hostname;
  if (host !== undefined && !names.some((name) => covers(name, host))) {
    return wrong(`${found}: not for ${host}`, 'Get one for the host of ROOT_URL');
  }
  return first < now + warnedBeforeMs ? advice(found, renew) : good(found);
};

/** What the authority must find (RFC 8555, 8.3, and RFC 8737, 3): the names, and the port that it visits. */
const acmeCheck: Check<AppFacts> = ({ acme, listen, redirect }) => {
  if (acme === undefined) return undefined;
  const { domains, unknown, challenge } = acme;
  if (unknown.length > 0) {
    return wrong(
      `DNS knows no address of ${unknown.join(', ')}`,
      'Have all of `domains` point to this machine: they are in one certificate',
    );
  }
  const ports = {
    'tls-alpn-01': tcp(listen).some((each) => each.port === 443),
    'http-01': tcp(redirect).some((each) => each.port === 80),
  };
  const open = challenge === undefined ? ports['tls-alpn-01'] || ports['http-01'] : ports[challenge];
  if (open) return good(`DNS knows ${domains.join(', ')}`);
  return advice(
    'the authority visits port 443 (tls-alpn-01) or 80 (http-01), and Radiant listens there on none that it may use',
    "Say `listen: ':443'` and `redirect: ':80'`, unless something in front passes these ports on",
  );
};

const proxies: Check<AppFacts> = ({ proxies: count, forwardedCount, listen }) => {
  if (forwardedCount !== undefined && forwardedCount !== String(count)) {
    return wrong(
      `proxies is ${count}, and HTTP_FORWARDED_COUNT says ${forwardedCount}; the first one counts`,
      'Leave out one of them: the app is told what `proxies` says',
    );
  }
  const loopback = tcp(listen).length > 0 && tcp(listen).every(({ host }) => /^(?:127\.|::1$)/.test(host));
  if (count === 0 && (listen.length === 0 || loopback)) {
    return advice(
      `only this machine can reach Radiant, so something stands in front; but proxies is 0: all clients seem to be ${loopback ? 'on this machine' : '127.0.0.1'}`,
      'Say `proxies: 1`',
    );
  }
  if (count > 0 && listen.length > 0 && !loopback) {
    return advice(
      `${count} trusted, and Radiant can be reached past them: who does that can lie about their address`,
      'Let it listen on 127.0.0.1 or on its sockets only (`--listen none`), or close the port in the firewall',
    );
  }
  return good(count === 0 ? 'none in front' : `${count} trusted, and no way past them`);
};

const port: Check<AppFacts> = ({ taken, port: number, firstFreePort, listen }) => {
  const low = tcp(listen).find((each) => firstFreePort !== undefined && each.port < firstFreePort);
  if (low !== undefined) {
    return wrong(
      `port ${low.port} needs root or CAP_NET_BIND_SERVICE`,
      'Start as root with --user, or let systemd listen (`radiant export systemd`)',
    );
  }
  if (taken === 'other')
    return wrong(`another process listens on port ${number}`, 'Stop it, or choose another with --port');
  if (tcp(listen).length === 0) return undefined;
  return good(taken === 'ours' ? `${number}, where the app runs` : `${number} is free`);
};

const sockets: Check<AppFacts> = ({ sockets: { longest, limit, folder, writable } }) => {
  const bytes = Buffer.byteLength(longest);
  if (bytes > limit) {
    return wrong(
      `${longest} has ${bytes} bytes; a socket's path may have ${limit}`,
      'A shorter --name, or RADIANT_HOME in a shorter folder',
    );
  }
  if (!writable) {
    return wrong(
      `${folder} cannot be written`,
      'Start as the user who owns it, or set RADIANT_HOME to another folder',
    );
  }
  return good(`${folder}; the longest path has ${bytes} of ${limit} bytes`);
};

/** What one environment variable holds on Linux. */
const largestVariable = 128 * 1024;

const settings: Check<AppFacts> = ({ settings: given }) => {
  if (given === undefined) return undefined;
  const found = `${given.bytes} bytes of METEOR_SETTINGS`;
  if (given.bytes <= largestVariable - 1024) return good(found);
  return advice(
    `${found}: more than one variable holds, so they are taken out of process.env once the app listens`,
    'Nothing, if the app uses Meteor.settings; code that reads process.env.METEOR_SETTINGS later finds nothing',
  );
};

const mb = (bytes: number): string => `${Math.ceil(bytes / 1024 ** 2)} MB`;

/** The files that releases share count once, so the largest is what one takes that shares nothing. */
const releases: Check<AppFacts> = ({ releases: kept }) => {
  if (kept === undefined) return undefined;
  const total = kept.bytes.reduce((sum, each) => sum + each, 0);
  const some = kept.bytes.length === 1 ? '1 release takes' : `${kept.bytes.length} releases take`;
  const found = `${some} ${mb(total)} on disk; ${mb(kept.free)} are free in ${kept.folder}`;
  if (kept.free >= 2 * Math.max(...kept.bytes)) return good(found);
  return advice(
    `${found}: few for one that shares no files with them`,
    'Make room there, or keep fewer releases (`keepReleases`)',
  );
};

const uws: Check<AppFacts> = ({ uws: used }) =>
  used ? good('DDP by uws: each worker is given a port of its own on 127.0.0.1') : undefined;

export const appChecks = {
  app: bundle,
  'Node of the app': node,
  ROOT_URL: rootUrl,
  certificate,
  ACME: acmeCheck,
  proxies,
  port,
  sockets,
  releases,
  settings,
  uws,
};

import type { Site } from './site.ts';
import { indented, lines, text } from './text.ts';

export interface HaproxyOptions {
  /** As HAProxy's `bind` takes them: `:80`, `127.0.0.1:8080`. */
  bind: string[];
  /** A file with the certificate, its chain and its key; absolute. */
  tls: string | undefined;
  /** Where plain HTTP is answered with a redirect, when there is TLS. */
  redirectFrom: string[];
}

/** DDP says something every 15 s, other WebSockets may be silent for long. */
const patience = '1h';

const section = (head: string, body: readonly string[]): string[] => [head, ...indented(body, '  ')];

/** HAProxy's sections for `site` (2.6 and later): for a file of its own (`-f`), beside one with `global`. */
export function haproxy(site: Site, options: HaproxyOptions): string {
  const head = [
    `# HAProxy in front of ${site.name}. Made by \`radiant export haproxy\`.`,
    `# It lists all ${site.sockets.length} slots that there can be: scaling, deploys and crashes need no reload.`,
  ];
  const sticky = site.affinity !== 'none';
  return text(
    head,
    frontend(site, options, sticky),
    backend(site.id, [
      // Not leastconn: a worker that has just died has the fewest, and each retry would ask it again.
      'balance roundrobin',
      ...healthCheck(site),
      ...(sticky ? useOwner(site) : []),
      ...servers(site, (slot) => `${healthChecks}${agentCheck(site, slot)}`),
    ]),
    sticky
      ? backend(`${site.id}_sessions`, [
          'balance hash var(txn.session)',
          'hash-type consistent',
          // They follow the checks of the main backend, and not its weights: a session would change its server.
          ...servers(site, (slot) => `track radiant_${site.id}/s${slot}`),
        ])
      : [],
  );
}

function frontend(site: Site, { bind, tls, redirectFrom }: HaproxyOptions, sticky: boolean): string[] {
  const secure = tls === undefined ? '' : ` ssl crt ${quoted(tls)} alpn h2,http/1.1`;
  return section(
    `frontend radiant_${site.id}`,
    lines(
      'mode http',
      ...bind.map((address) => `bind ${bindable(address)}${secure}`),
      ...redirectFrom.map((address) => `bind ${bindable(address)}`),
      tls === undefined ? undefined : 'http-request redirect scheme https code 301 unless { ssl_fc }',
      'timeout http-request 30s',
      'timeout http-keep-alive 60s',
      `timeout client ${patience}`,
      '# Set anew, not added to: what a client says of itself does not count (`--proxies 1`).',
      'http-request set-header X-Forwarded-For %[src]',
      'http-request set-header X-Forwarded-Proto %[ssl_fc,iif(https,http)]',
      'http-request set-header X-Forwarded-Host %[req.hdr(host)]',
      'http-request set-header X-Real-IP %[src]',
      'http-request del-header Forwarded',
      ...(sticky ? longPolls(site) : []),
      `default_backend radiant_${site.id}`,
    ),
  );
}

/** `80` is a port for nginx; HAProxy wants a colon before it. */
const bindable = (address: string): string => (/^\d+$/.test(address) ? `:${address}` : address);

/**
 * A long-poll session without a cookie belongs to one worker: SockJS's by the part of the path before the transport,
 * Engine.IO's by its `sid`.
 */
const longPolls = (site: Site): string[] => [
  'acl sockjs path_reg /[^/.]+/[^/.]+/(xhr|xhr_send|xhr_streaming|jsonp|jsonp_send|eventsource|htmlfile)$',
  'http-request set-var(txn.session) path,field(-2,/) if sockjs',
  'http-request set-var(txn.session) url_param(sid) if { url_param(EIO) -m found } { url_param(sid) -m found }',
  `use_backend radiant_${site.id}_sessions if { var(txn.session) -m found } !{ req.cook(${site.cookie}) -m found }`,
];

function backend(id: string, body: readonly string[]): string[] {
  return section(`backend radiant_${id}`, [
    'mode http',
    'timeout connect 5s',
    'timeout queue 30s',
    `timeout server ${patience}`,
    `timeout tunnel ${patience}`,
    '# A worker that has died: another one is asked. Never twice with what may have been done.',
    'option redispatch 1',
    'retries 20',
    'retry-on conn-failure empty-response',
    'http-request disable-l7-retry unless { method GET HEAD OPTIONS }',
    ...body,
  ]);
}

const healthCheck = ({ healthPath }: Site): string[] => [
  'option httpchk',
  `http-check send meth GET uri ${quoted(healthPath)} ver HTTP/1.1 hdr Host localhost`,
  'http-check expect rstatus ^[1234]',
];

/** Radiant's cookie is `<slot>.<release>.<browser>`: it is read, never changed. A server that is not there is passed over. */
function useOwner({ cookie, affinity }: Site): string[] {
  const rule = `use-server s%[req.cook(${cookie}),field(1,.)] if { req.cook(${cookie}) -m found }`;
  if (affinity === 'client') return [rule];
  return [`${rule} { req.hdr(upgrade) -m found }`, `${rule} { var(txn.session) -m found }`];
}

/** A worker closes connections that were idle for 5 s: HAProxy must do it first. */
const pool = 'pool-purge-delay 2s';

const healthChecks = 'check inter 2s fastinter 200ms downinter 500ms rise 1 fall 2';

/** A weight is a share of the one that stands here, rounded down: of 1 nothing would be left. */
function agentCheck({ agentCheck: at }: Site, slot: number): string {
  if (at === undefined) return '';
  return ` weight 100 agent-check agent-inter 2s agent-addr ${at.host} agent-port ${at.port} agent-send "${slot}\\n"`;
}

function servers(site: Site, watched: (slot: number) => string): string[] {
  const waiting = site.waitingRoom === undefined ? [] : [`server waiting ${site.waitingRoom} ${pool} backup`];
  return [
    ...site.sockets.map((socket, i) => {
      const slot = i + 1;
      return `server s${slot} ${quoted(`unix@${socket}`)} ${pool} ${watched(slot)}`;
    }),
    ...waiting,
  ];
}

/** One word of HAProxy's configuration. */
const quoted = (word: string): string =>
  /^[\w./:@+-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

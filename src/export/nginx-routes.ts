import { standIns, type Site } from './site.ts';
import { block, quoted } from './text.ts';

/** Which kind of nginx the file is for. */
export type Flavor = 'classic' | 'sticky' | 'tengine';

/** Connections kept open to each slot by each nginx process. */
const keptOpen = 32;

/**
 * Long-poll sessions, by what all requests of one have in common: SockJS's `/<server>/<session>/<transport>`,
 * Engine.IO's `sid`. A client that sends no cookie is recognised by it.
 */
const sessionPatterns = [
  String.raw`"~^[^?]*/([^/.?]+/[^/.?]+)/(?:xhr|xhr_send|xhr_streaming|jsonp|jsonp_send|eventsource|htmlfile)(?:\?|$)"`,
  String.raw`"~\?(?=.*\bEIO=\d)(?:.*&)?sid=([^&]+)"`,
];

/** From a request to the slot that it belongs to, and to the upstream that stands for this slot. */
export function routes(site: Site, flavor: Flavor): string[][] {
  if (site.affinity === 'none') return [balanced(site, flavor)];
  const v = `$radiant_${site.id}`;
  const slots = site.sockets.map((_, i) => i + 1);
  const target = (slot: number): string =>
    flavor === 'sticky' ? String(slot) : `radiant_${site.id}_${slot}`;
  const share = (100 / slots.length).toFixed(2);
  const parts = [
    block(`map $request_uri ${v}_session`, ['default "";', ...sessionPatterns.map((each) => `${each} $1;`)]),
    // A hash would need an upstream of its own, and nginx allows no backup servers in one.
    block(`split_clients ${v}_session ${v}_by_session`, [
      ...slots.slice(0, -1).map((slot) => `${share}% ${target(slot)};`),
      `* ${target(slots.at(-1)!)};`,
    ]),
    block(`map ${v}_session ${v}_anonymous`, [
      `"" ${flavor === 'sticky' ? '""' : `radiant_${site.id}`};`,
      `default ${v}_by_session;`,
    ]),
    ...cookie(site, v),
    block(`map ${v}_slot ${v}_target`, [
      `default ${v}_anonymous;`,
      ...slots.map((slot) => `${slot} ${target(slot)};`),
    ]),
  ];
  if (flavor === 'sticky') return [...parts, balanced(site, flavor)];
  return [...parts, balanced(site, flavor), ...slots.map((slot) => ofSlot(site, slot))];
}

/** Radiant's cookie is `<slot>.<release>.<browser>`. A variable `$cookie_…` cannot hold the dash in its name. */
function cookie({ cookie: name, affinity }: Site, v: string): string[][] {
  const pattern = String.raw`"~(?:^|;\s*)${name}=(\d+)\.\d"`;
  if (affinity === 'client') return [block(`map $http_cookie ${v}_slot`, ['default "";', `${pattern} $1;`])];
  // With the affinity `session` only WebSockets and long polls follow it.
  return [
    block(`map "$http_upgrade${v}_session" ${v}_cookies`, ['"" "";', 'default $http_cookie;']),
    block(`map ${v}_cookies ${v}_slot`, ['default "";', `${pattern} $1;`]),
  ];
}

const server = (socket: string, rest = ''): string =>
  `server ${quoted(`unix:${socket}`)} max_fails=0${rest};`;

/** Nobody is ever marked as failed: a name leads to another worker as soon as its own is gone. */
const waiting = ({ waitingRoom }: Site): string[] =>
  waitingRoom === undefined ? [] : [`server ${waitingRoom} max_fails=0 backup;`];

/** A worker closes connections that were idle for 5 s: nginx must do it first. */
const pool = [`keepalive ${keptOpen};`, 'keepalive_timeout 4s;', 'keepalive_requests 100000;'];

function balanced(site: Site, flavor: Flavor): string[] {
  const route = flavor === 'sticky' && site.affinity !== 'none';
  return block(`upstream radiant_${site.id}`, [
    ...site.sockets.map((socket, i) => server(socket, route ? ` route=${i + 1}` : '')),
    ...waiting(site),
    ...(route ? [`sticky route $radiant_${site.id}_target;`] : []),
    ...(flavor === 'tengine' ? check(site) : []),
    ...pool,
  ]);
}

/** Tengine's own module: who does not answer is left out, by all processes of nginx at once. */
const check = ({ healthPath }: Site): string[] => [
  'check interval=2000 rise=1 fall=2 timeout=5000 default_down=false type=http;',
  `check_http_send "GET ${healthPath} HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n";`,
  'check_http_expect_alive http_2xx http_3xx http_4xx;',
];

function ofSlot(site: Site, slot: number): string[] {
  return block(`upstream radiant_${site.id}_${slot}`, [
    server(site.sockets[slot - 1]!),
    ...standIns(site, slot).map((other) => server(site.sockets[other - 1]!, ' backup')),
    ...waiting(site),
    ...pool,
  ]);
}

import { staticLocation, staticMaps } from './nginx-static.ts';
import { routes, type Flavor } from './nginx-routes.ts';
import type { Traits } from './nginx-version.ts';
import type { Site } from './site.ts';
import { block, lines, quoted, text } from './text.ts';

export interface NginxOptions extends Traits {
  /** As nginx's `listen` takes them: `80`, `[::]:80`, `127.0.0.1:8080`. */
  bind: string[];
  serverName: string | undefined;
  /** Absolute paths. */
  tls: { cert: string; key: string } | undefined;
  /** Where plain HTTP is answered with a redirect, when there is TLS. */
  redirectFrom: string[];
}

/** DDP says something every 15 s, other WebSockets may be silent for long. */
const patience = '1h';

/** The part of nginx's configuration that serves `site`: for a file that is included in its `http` block. */
export function nginx(site: Site, options: NginxOptions): string {
  const { flavor, http2, serverName = '_', bind, tls, redirectFrom } = options;
  const v = `$radiant_${site.id}`;
  const head = [
    `# nginx in front of ${site.name}, for the http block. Made by \`radiant export nginx\`.`,
    `# It lists all ${site.sockets.length} slots that there can be: scaling, deploys and crashes need no reload.`,
  ];
  const secure = tls !== undefined;
  const listenRest = secure ? (http2 === 'listen' ? ' ssl http2' : ' ssl') : '';
  const front = lines(
    ...bind.map((address) => `listen ${address}${listenRest};`),
    secure && http2 === 'directive' ? 'http2 on;' : undefined,
    `server_name ${serverName};`,
    ...(tls === undefined
      ? []
      : [
          `ssl_certificate ${quoted(tls.cert)};`,
          `ssl_certificate_key ${quoted(tls.key)};`,
          'ssl_session_cache shared:radiant:10m;',
        ]),
    '',
    '# Uploads of any size, passed on as they come.',
    'client_max_body_size 0;',
    'proxy_request_buffering off;',
    '',
  );
  const entry =
    site.web === undefined
      ? block('location /', proxying(site, flavor))
      : [
          ...staticLocation(site, site.web),
          '',
          ...block(`location @radiant_${site.id}`, proxying(site, flavor)),
        ];
  const redirect = secure
    ? block('server', [
        ...redirectFrom.map((address) => `listen ${address};`),
        `server_name ${serverName};`,
        'return 301 https://$host$request_uri;',
      ])
    : [];
  return text(
    head,
    block(`map $http_upgrade ${v}_connection`, ['default upgrade;', '"" "";']),
    ...routes(site, flavor),
    ...(site.web === undefined ? [] : staticMaps(site)),
    block('server', [...front, ...entry]),
    redirectFrom.length > 0 ? redirect : [],
  );
}

function proxying(site: Site, flavor: Flavor): string[] {
  const v = `$radiant_${site.id}`;
  const byVariable = flavor !== 'sticky' && site.affinity !== 'none';
  return [
    `proxy_pass http://${byVariable ? `${v}_target` : `radiant_${site.id}`};`,
    'proxy_http_version 1.1;',
    'proxy_set_header Host $http_host;',
    'proxy_set_header Upgrade $http_upgrade;',
    `proxy_set_header Connection ${v}_connection;`,
    '# Set anew, not added to: what a client says of itself does not count (`--proxies 1`).',
    'proxy_set_header X-Forwarded-For $remote_addr;',
    'proxy_set_header X-Forwarded-Proto $scheme;',
    'proxy_set_header X-Forwarded-Host $http_host;',
    'proxy_set_header X-Real-IP $remote_addr;',
    'proxy_set_header Forwarded "";',
    '# A worker that has died: another one is asked. Never twice with a POST that may have been heard.',
    'proxy_next_upstream error timeout;',
    'proxy_next_upstream_timeout 30s;',
    'proxy_connect_timeout 5s;',
    `proxy_read_timeout ${patience};`,
    `proxy_send_timeout ${patience};`,
    '# SockJS streams and server-sent events must not wait until a buffer is full.',
    'proxy_buffering off;',
    'proxy_buffer_size 16k;',
    'proxy_buffers 8 16k;',
    'proxy_redirect off;',
  ];
}

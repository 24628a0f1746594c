import type { Site } from './site.ts';
import { block, quoted } from './text.ts';

/** Types by the ending, for what a build names by its content. */
const types = [
  'application/javascript js mjs;',
  'text/css css;',
  'application/json json map;',
  'text/html html;',
  'image/svg+xml svg;',
  'image/png png;',
  'image/jpeg jpg jpeg;',
  'image/gif gif;',
  'image/webp webp;',
  'image/avif avif;',
  'image/x-icon ico;',
  'font/woff woff;',
  'font/woff2 woff2;',
  'font/ttf ttf;',
  'application/wasm wasm;',
];

/** A coding that Accept-Encoding lists without refusing it by `q=0` (RFC 9110, 12.5.3). */
const takes = (coding: string): string =>
  String.raw`"~*(?:^|[\s,])${coding}\s*(?:$|,|;\s*q=(?:1|0?\.\d*[1-9]))"`;

/** The best coding that a client takes, and the one of the file that was found. */
export function staticMaps({ id }: Site): string[][] {
  return [
    block(`map $http_accept_encoding $radiant_${id}_coding`, [
      'default identity;',
      `${takes('br')} br;`,
      `${takes('gzip')} gzip;`,
    ]),
    block(`map $uri $radiant_${id}_coded`, ['default "";', '~^/br/ br;', '~^/gzip/ gzip;']),
  ];
}

/**
 * Files whose URL names their content come from disk, of all releases that are kept. A folder for each coding needs no
 * module: nginx's gzip_static knows no brotli, and few builds have brotli_static.
 */
export function staticLocation({ id }: Site, web: string): string[] {
  return block('location /', [
    `root ${quoted(web)};`,
    `try_files /$radiant_${id}_coding$uri /identity$uri @radiant_${id};`,
    '# They are compressed already: once more would break them. With ngx_brotli on, add `brotli off;`.',
    'gzip off;',
    `add_header Content-Encoding $radiant_${id}_coded;`,
    'add_header Vary Accept-Encoding;',
    'add_header Cache-Control "public, max-age=31536000, immutable";',
    'charset utf-8;',
    'charset_types text/css application/javascript application/json;',
    'default_type application/octet-stream;',
    ...block('types', types),
  ]);
}

import type { StaticFile } from '../../protocol/static-index.ts';
import type { Probe } from './static-probe.ts';
import { validateHeaderName, validateHeaderValue } from '../runtime/originals.ts';

export type Pairs = [string, string][];

/** What the app says of a file, besides what belongs to one answer or to one coding of it. */
export interface Said {
  pairs: Pairs;
  /** The members of Vary, lower-case, without those that answers differ by anyway. */
  varies: string[];
  /** Only the content itself may be sent (RFC 9111, 5.2.2.6). */
  untransformed: boolean;
}

/** Of one hop, of one answer, or made anew for each coding. */
const own = new Set([
  'accept-ranges',
  'age',
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'date',
  'etag',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
/** About one file: not true of another one of the same type. */
const ofOneFile = new Set(['content-disposition', 'last-modified', 'link', 'sourcemap', 'x-sourcemap']);
/** What an answer of 404 says that is true of the whole site. */
const ofTheSite = /^(access-control-|cross-origin-|strict-transport-security$|timing-allow-origin$|vary$)/;
/** A year is usual; shorter ones may be there because the URL does not name the content after all. */
const longAgeSeconds = 30 * 24 * 60 * 60;

const pairsOf = (raw: readonly string[]): Pairs => {
  const pairs: Pairs = [];
  for (let i = 0; i < raw.length; i += 2) pairs.push([raw[i]!, raw[i + 1]!]);
  return pairs;
};

/** What the app says of `file`, if it leaves the file to us by that. */
export function saidOf(found: Probe, file: StaticFile): Said | undefined {
  const all = pairsOf(found.rawHeaders);
  if (all.some(([name]) => name.toLowerCase() === 'set-cookie')) return undefined;
  if (found.status === 404 && file.fromFolder) {
    return said([...unknownToApp(file), ...all.filter(([name]) => ofTheSite.test(name.toLowerCase()))], file);
  }
  if (found.status !== 200 || found.size !== file.size || found.sha256 !== file.sha256) return undefined;
  return said(all, file);
}

const unknownToApp = ({ contentType }: StaticFile): Pairs => [
  ['Content-Type', contentType ?? 'application/octet-stream'],
  ['Cache-Control', 'public, max-age=0'],
];

function said(all: Pairs, file: StaticFile): Said | undefined {
  const pairs: Pairs = [];
  let [vary, control] = ['', ''];
  for (const [name, value] of all) {
    const field = name.toLowerCase();
    if (field === 'vary') vary = vary === '' ? value : `${vary}, ${value}`;
    else if (field === 'cache-control') {
      control = value.toLowerCase();
      pairs.push([name, file.cacheable ? immutable(value) : value]);
    } else if (!own.has(field)) pairs.push([name, value]);
  }
  // Made for one client.
  if (/\b(private|no-store)\b/.test(control) || vary.includes('*')) return undefined;
  const members = vary.split(',').map((member) => member.trim());
  const named = members.filter((member) => member !== '');
  const varies = named.map((member) => member.toLowerCase());
  if (!varies.includes('accept-encoding')) named.push('Accept-Encoding');
  pairs.push(['Vary', named.join(', ')], ['Accept-Ranges', 'bytes']);
  if (!pairs.every(isSendable)) return undefined;
  return {
    pairs,
    varies: varies.filter((member) => member !== 'accept-encoding' && member !== 'user-agent'),
    untransformed: /\bno-transform\b/.test(control),
  };
}

/** An app that writes its heads past Node may have any bytes in them. */
function isSendable([name, value]: readonly [string, string]): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

/** Browsers ask again for what a page uses when it is reloaded, unless they are told that it never changes. */
function immutable(control: string): string {
  const age = Number(/\bmax-age=(\d+)/i.exec(control)?.[1] ?? 0);
  const fits = /\bpublic\b/i.test(control) && age >= longAgeSeconds && !/\bimmutable\b/i.test(control);
  return fits ? `${control}, immutable` : control;
}

/** What is said of a file of another release, by what the app says of a file of the same type. */
export function saidLike(model: Said, file: StaticFile): Said {
  const pairs = model.pairs.filter(([name]) => !ofOneFile.has(name.toLowerCase()));
  const map = ['X-SourceMap', file.sourceMapUrl ?? ''] as [string, string];
  if (file.sourceMapUrl !== undefined && isSendable(map)) pairs.push(map);
  return { ...model, pairs };
}

export const fieldOf = (pairs: Pairs, name: string): string | undefined =>
  pairs.find(([field]) => field.toLowerCase() === name)?.[1];

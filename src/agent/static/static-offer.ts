import type { IncomingMessage, ServerResponse } from 'node:http';

import type { StaticFile } from '../../protocol/static-index.ts';
import { rawField } from '../http/request-head.ts';
import type { Body } from './static-cache.ts';
import { fieldOf, type Pairs, type Said } from './static-headers.ts';
import {
  codings,
  matchingTag,
  rangeOf,
  conditionsOf,
  type Coding,
  type Range,
  type RequestConditions,
} from './static-negotiation.ts';

/** A file in one coding, with all that is sent ahead of it. */
interface Representation {
  body: Body;
  tag: string;
  /** Of a 200, and of a 304; made once, because they are sent often. */
  head: Pairs;
  unchanged: Pairs;
}

/** A file as it is answered, after the app has left it to us. */
export interface Offer {
  file: StaticFile;
  identity: Representation;
  br: Representation | undefined;
  gzip: Representation | undefined;
  tags: string[];
  /** Fields that a request must not have: the app would answer differently. */
  varies: string[];
  lastModified: string | undefined;
}

/** A 304 says what a cache updates its copy by (RFC 9110, 15.4.5), nothing of the content. */
const ofContent = new Set(['content-type', 'accept-ranges', 'last-modified']);

export function offerOf(file: StaticFile, said: Said, body: (variant: Coding) => Body): Offer {
  const represent = (coding: Coding): Representation => {
    const tag = coding === 'identity' ? `"${file.tag}"` : `"${file.tag}-${coding}"`;
    const content = body(coding);
    const encoding: Pairs = coding === 'identity' ? [] : [['Content-Encoding', coding]];
    const common: Pairs = [...said.pairs, ['ETag', tag]];
    return {
      body: content,
      tag,
      head: [...common, ...encoding, ['Content-Length', String(content.size)]],
      unchanged: common.filter(([name]) => !ofContent.has(name.toLowerCase())),
    };
  };
  const compressed = (coding: 'br' | 'gzip'): Representation | undefined =>
    file[coding] === undefined || said.untransformed ? undefined : represent(coding);
  const [identity, br, gzip] = [represent('identity'), compressed('br'), compressed('gzip')];
  const tags = [identity, br, gzip].flatMap((each) => (each === undefined ? [] : [each.tag]));
  const { varies, pairs } = said;
  return { file, identity, br, gzip, tags, varies, lastModified: fieldOf(pairs, 'last-modified') };
}

/** What is sent of which body; `send` writes the head. */
export interface Answer {
  body: Body;
  /** Undefined: all of it. */
  range: Range | undefined;
  status: number;
  head: Pairs;
}

/** The answer to a request; `handled` when it needed no body and was sent; undefined when the app must answer. */
export function answerOf(
  offer: Offer,
  request: IncomingMessage,
  response: ServerResponse,
): Answer | 'handled' | undefined {
  const conditions = conditionsOf(request);
  if (conditions.strange || offer.varies.some((name) => rawField(request.rawHeaders, name) !== undefined)) {
    return undefined;
  }
  const chosen = choose(offer, conditions);
  const unchanged = unchangedHead(offer, chosen, conditions);
  if (unchanged !== undefined) return sendHead(response, 304, unchanged);
  if (request.method === 'HEAD') return sendHead(response, 200, chosen.head);
  const { range, ifRange } = conditions;
  // If-Range needs a strong match (RFC 9110, 13.1.5); ranges are those of the content itself.
  if (range !== undefined && (ifRange === undefined || ifRange.trim() === offer.identity.tag)) {
    const part = rangeOf(range, offer.file.size);
    if (part === 'unsatisfiable') return sendHead(response, 416, unsatisfiable(offer));
    if (part !== undefined) return partial(offer, part);
  }
  return { body: chosen.body, range: undefined, status: 200, head: chosen.head };
}

function choose(offer: Offer, { acceptEncoding }: RequestConditions): Representation {
  for (const coding of codings(acceptEncoding)) {
    const representation = offer[coding];
    if (representation !== undefined) return representation;
  }
  return offer.identity;
}

function unchangedHead(
  offer: Offer,
  chosen: Representation,
  conditions: RequestConditions,
): Pairs | undefined {
  const { ifNoneMatch, ifModifiedSince } = conditions;
  if (ifNoneMatch === undefined) {
    const same = ifModifiedSince !== undefined && ifModifiedSince === offer.lastModified;
    return same ? chosen.unchanged : undefined;
  }
  // The tag that is confirmed is the one that the client has, also when it would get another coding by now.
  const tag = matchingTag(ifNoneMatch, [chosen.tag, ...offer.tags]);
  if (tag === undefined) return undefined;
  const all = [offer.identity, offer.br, offer.gzip];
  return all.find((each) => each?.tag === tag)!.unchanged;
}

function sendHead(response: ServerResponse, status: number, head: Pairs): 'handled' {
  response.writeHead(status, head as never);
  response.end();
  return 'handled';
}

const without = (head: Pairs, name: string): Pairs => head.filter(([field]) => field !== name);

const unsatisfiable = ({ identity, file }: Offer): Pairs => [
  ...without(without(identity.head, 'Content-Length'), 'ETag'),
  ['Content-Range', `bytes */${file.size}`],
  ['Content-Length', '0'],
];

function partial({ identity, file }: Offer, range: Range): Answer {
  const head: Pairs = [
    ...without(identity.head, 'Content-Length'),
    ['Content-Range', `bytes ${range.start}-${range.end}/${file.size}`],
    ['Content-Length', String(range.end - range.start + 1)],
  ];
  return { body: identity.body, range, status: 206, head };
}

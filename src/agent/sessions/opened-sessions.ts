import type { IncomingMessage, ServerResponse } from 'node:http';

import { sessionName } from '../../protocol/session-name.ts';
import { tapBody } from '../http/answer-tap.ts';
import { builtin } from '../runtime/builtin.ts';
import { sentHead } from '../runtime/internals.ts';
import { opensEngineIo, sockjsTransport } from './sessions.ts';

/** How an app says that it has opened a session. Any other answer says nothing: an app may answer 200 to whatever comes. */
interface Opening {
  method: string;
  type: RegExp;
  /** How the body begins. */
  body: RegExp;
}

const script = /^(?:application|text)\/javascript\b/;
/** SockJS's open frame in each transport that a session can begin with. (sockjs-protocol 0.3.4; sockjs 0.3.24) */
const sockjs: Partial<Record<string, Opening>> = {
  xhr: { method: 'POST', type: script, body: /^o\n/ },
  xhr_streaming: { method: 'POST', type: script, body: /^h{2048}\no\n/ },
  eventsource: { method: 'GET', type: /^text\/event-stream\b/, body: /^\r\ndata: o\r\n\r\n/ },
  htmlfile: {
    method: 'GET',
    type: /^text\/html\b/,
    body: /^<!doctype html>[^]*<script>\np\("o"\);\n<\/script>/,
  },
  jsonp: { method: 'GET', type: script, body: /^(?:\/\*\*\/)?[\w.-]+\("o"\);/ },
};

/** The open packet of Engine.IO: alone, with its length (protocol 3: as text, or as bytes), or in a script. */
const engineIo: Opening = {
  method: 'GET',
  type: /^(?:text\/plain|(?:application|text)\/javascript|application\/octet-stream)\b/,
  // oxlint-disable-next-line no-control-regex -- the digits of a length, as bytes
  body: /^(?:\d+:|\0[\0-\x09]+\xff|___eio\[\d+\]\("(?:\d+:)?)?0\{\\?"sid\\?":\\?"([^"\\]+)\\?"/,
};

/** No opening comes behind so many bytes: SockJS begins some answers with 2 KB that make browsers read on. */
const longest = 4_096;

/** Calls `opened` when the answer to `request` says that it has opened that session, before its client knows. */
export function hearOpening(request: IncomingMessage, response: ServerResponse, opened: () => void): void {
  const opening = sockjs[sockjsTransport(request.url!) ?? ''];
  if (opening !== undefined) hear(opening, request, response, opened);
}

/** The same for Engine.IO, where the app names the session. */
export function hearHandshake(
  request: IncomingMessage,
  response: ServerResponse,
  opened: (name: string) => void,
): void {
  if (!opensEngineIo(request.url!)) return;
  hear(engineIo, request, response, (name) => opened(sessionName(name!)));
}

function hear(
  { method, type, body }: Opening,
  request: IncomingMessage,
  response: ServerResponse,
  opened: (name?: string) => void,
): void {
  if (request.method !== method) return;
  /** What has come, as long as that may be an opening. */
  let begun: Buffer | undefined = Buffer.alloc(0);
  tapBody(response, (piece, last) => {
    if (begun === undefined) return;
    const bytes = Buffer.concat([begun, piece]);
    const { status, field } = sentHead(response);
    const fits = status === 200 && type.test(field('content-type'));
    const match = fits ? body.exec(plain(bytes, field('content-encoding'), last)) : null;
    begun = fits && match === null && bytes.length <= longest ? bytes : undefined;
    if (match !== null) opened(match[1]);
  });
}

/** Engine.IO compresses what is longer than its `threshold`, whole. */
function plain(bytes: Buffer, encoding: string, whole: boolean): string {
  if (encoding === '' || encoding === 'identity') return bytes.toString('latin1');
  if (!whole || bytes.length > longest) return '';
  const limit = { maxOutputLength: 16 * longest };
  if (encoding === 'gzip') return builtin('zlib').gunzipSync(bytes, limit).toString('latin1');
  return encoding === 'deflate' ? builtin('zlib').inflateSync(bytes, limit).toString('latin1') : '';
}

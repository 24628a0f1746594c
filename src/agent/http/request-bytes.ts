import type { IncomingMessage } from 'node:http';

import { rawField } from './request-head.ts';

/** How the body of a request is framed (RFC 9112, 6.3). */
export type Framing = 'none' | 'length' | 'chunked';

export function framingOf({ rawHeaders }: IncomingMessage): Framing {
  const coding = lastCoding(rawHeaders);
  if (coding !== undefined) return /(?:^|[ \t,])chunked[ \t]*$/i.test(coding) ? 'chunked' : 'length';
  const length = rawField(rawHeaders, 'content-length');
  return length === undefined || /^0*$/.test(length) ? 'none' : 'length';
}

/** Of several fields the last one says how the message is framed. */
function lastCoding(rawHeaders: readonly string[]): string | undefined {
  for (let i = rawHeaders.length - 2; i >= 0; i -= 2) {
    const name = rawHeaders[i]!;
    if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') return rawHeaders[i + 1];
  }
  return undefined;
}

const fields = (raw: readonly string[]): string => {
  let text = '';
  // Without the blank that is usual: it must not become longer than what it was, which may just have fitted.
  for (let i = 0; i < raw.length; i += 2) text += `${raw[i]}:${raw[i + 1]}\r\n`;
  return text;
};

/** A head that Node has parsed, for another one to parse. Node reads heads as latin1. */
export function forwardedHead({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  return Buffer.from(`${method} ${url} HTTP/${httpVersion}\r\n${fields(rawHeaders)}\r\n`, 'latin1');
}

const lineEnd = Buffer.from('\r\n');

export function bodyPart(framing: Framing, bytes: Buffer): Buffer {
  if (framing !== 'chunked') return bytes;
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`, 'latin1'), bytes, lineEnd]);
}

/** What follows the last part of a body. */
export function bodyEnd(framing: Framing, rawTrailers: readonly string[]): Buffer {
  return Buffer.from(framing === 'chunked' ? `0\r\n${fields(rawTrailers)}\r\n` : '', 'latin1');
}

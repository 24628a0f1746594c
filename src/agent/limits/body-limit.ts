import type { IncomingMessage, ServerResponse } from 'node:http';

import { answerBegan } from '../runtime/internals.ts';
import { answerLast, lingerMs } from '../http/last-answer.ts';
import { rawField } from '../http/request-head.ts';
import { fault } from '../runtime/guard.ts';
import { hearOnce } from '../runtime/sockets.ts';
import { clearTimeout, setTimeout } from '../runtime/timers.ts';

const text = (most: number): string =>
  `The body of this request is too large: at most ${most} bytes are taken.\n`;

/**
 * Refuses a body of more than `most` bytes (RFC 9110, 15.5.14). True when its length says so already, and it has been
 * answered; a chunked one is counted as it comes. `refused` is called when it is too large.
 */
export function limitBody(
  request: IncomingMessage,
  response: ServerResponse,
  most: number,
  refused: () => void,
): boolean {
  const { rawHeaders } = request;
  if (rawField(rawHeaders, 'transfer-encoding') !== undefined) {
    countBody(request, most, refused);
    return false;
  }
  if (Number(rawField(rawHeaders, 'content-length') ?? 0) <= most) return false;
  refused();
  answerLast(request, response, 413, {}, text(most));
  return true;
}

/** The app may be reading it already: to the app it then looks like a client that has gone away. */
function countBody(request: IncomingMessage, most: number, refused: () => void): void {
  const { socket } = request;
  const push = request.push.bind(request);
  let length = 0;
  /** False: too much has come. */
  const fits = (chunk: Buffer | null): boolean => {
    length += chunk === null ? 0 : chunk.length;
    if (length <= most) return true;
    if (length - (chunk?.length ?? 0) <= most && chunk !== null) {
      refused();
      const body = text(most);
      const head = `HTTP/1.1 413 Payload Too Large\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n`;
      if (answerBegan(socket)) socket.destroy();
      else {
        socket.end(`${head}Connection: close\r\n\r\n${body}`);
        const timer = setTimeout(() => socket.destroy(), lingerMs).unref();
        hearOnce(socket, 'close', () => clearTimeout(timer));
      }
    }
    // The rest is thrown away; the end must not be taken for a complete body.
    if (chunk === null) socket.destroy();
    return false;
  };
  request.push = (chunk: Buffer | null, encoding) => {
    let passes = false;
    try {
      passes = fits(chunk);
    } catch (error) {
      fault('body', error);
      socket.destroy();
    }
    return passes ? push(chunk, encoding) : true;
  };
}

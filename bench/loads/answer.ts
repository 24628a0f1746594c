const headEnd = '\r\n\r\n';

/**
 * How many bytes the HTTP answer at the start of `text` (latin1) has: 0 while it is not complete. It knows answers
 * with a Content-Length and chunked ones without trailers (RFC 9112, 6 and 7). Errors: any status but 200.
 */
export function answerLength(text: string): number {
  const end = text.indexOf(headEnd);
  if (end < 0) return 0;
  const head = text.slice(0, end);
  if (!head.startsWith('HTTP/1.1 200 ')) throw new Error(`the answer is ${head.split('\r\n', 1)[0]}`);
  const body = end + headEnd.length;
  const length = /\r\ncontent-length: *(\d+)/i.exec(head);
  if (length) return text.length < body + Number(length[1]) ? 0 : body + Number(length[1]);
  return chunkedEnd(text, body);
}

function chunkedEnd(text: string, start: number): number {
  let at = start;
  for (;;) {
    const line = text.indexOf('\r\n', at);
    if (line < 0) return 0;
    const size = Number.parseInt(text.slice(at, line), 16);
    at = line + 2 + size + 2;
    if (at > text.length) return 0;
    if (size === 0) return at;
  }
}

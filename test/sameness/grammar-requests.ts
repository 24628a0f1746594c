import { answerPlan } from './grammar-answers.ts';
import type { RequestSpec } from './case.ts';
import type { Random } from '../support/random.ts';

const token = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const visible = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).join('');
const obsText = Array.from({ length: 128 }, (_, i) => String.fromCharCode(128 + i)).join('');

const plainMethods = ['GET', 'GET', 'GET', 'HEAD', 'DELETE', 'OPTIONS'];
const otherMethods = [
  'PROPFIND',
  'REPORT',
  'M-SEARCH',
  'PURGE',
  'TRACE',
  'LINK',
  'SEARCH',
  'NOTIFY',
  'MKCOL',
];
const bodyMethods = ['POST', 'POST', 'POST', 'PUT', 'PATCH', 'DELETE', 'GET', 'HEAD', 'LOCK'];

/** What a request may ask for, to the byte. */
export function target(random: Random): string {
  const kind = random.int(0, 9);
  if (kind < 4) return `/api/${random.text('abc/-.~', 0, 12)}?a=%20&b=${random.text(token, 0, 8)}`;
  if (kind < 6) return `/${random.text(visible, 0, 40)}`;
  if (kind < 7) return `/${random.text(visible, 1, 20)}`;
  if (kind < 8) return random.pick(['*', '/', '//', '/?', '/#fragment', '/..//./x', '/a\\b', '/{}|^`"<>']);
  if (kind < 9) return `http://${random.pick(['app', 'other.test:81', '[::1]'])}/absolute?x`;
  return `/${random.text(token, 1, 6).repeat(random.int(1, 200))}`;
}

const knownFields = [
  'Accept: text/html,*/*;q=0.1',
  'Accept: */*',
  'Accept-Encoding: gzip, br',
  'User-Agent: same/1.0 (x; y)',
  'Content-Type: application/json; charset=utf-8',
  'Authorization: Basic eDp5',
  'If-None-Match: "x", W/"y"',
  'Range: bytes=0-1',
  'Via: 1.1 somebody',
  'Forwarded: for=1.2.3.4',
  'X-Forwarded-Proto: https',
  'X-Real-IP: 9.9.9.9',
  'TE: trailers, deflate',
  'Origin: http://elsewhere.test',
  'Referer: http://app/',
  'Content-Encoding: identity',
  'Connection: keep-alive',
  'Connection: X-Hop',
  'Connection: close',
  'Keep-Alive: timeout=1',
  'Proxy-Connection: keep-alive',
  'Upgrade-Insecure-Requests: 1',
  'Max-Forwards: 0',
  'Date: yesterday',
  '__proto__: polluted',
  'constructor: x',
  'Trailer: X-Sum',
  'Expect: 100-continue',
];
const notForAll = /^(?:Connection: (?:close|X)|Expect|TE)/;

function value(random: Random): string {
  const kind = random.int(0, 9);
  if (kind < 5) return random.text(`${visible} \t`, 0, 30).trim();
  if (kind < 7) return random.text(visible + obsText, 0, 30);
  if (kind < 8) return ` ${random.text(visible, 0, 5)} \t `;
  if (kind < 9) return '';
  return random.text(visible, 1, 20).repeat(random.int(1, 40));
}

/** A line that nobody else knows. */
function strangeField(random: Random): string {
  const name = random.text(token, 1, 20);
  const blank = random.pick([': ', ':', ':  ', ':\t', ': ']);
  return `${name}${blank}${value(random)}`;
}

/** Names that would change what the request is are chosen on purpose, not by chance. */
const meant =
  /^(?:host|cookie|x-case|x-answer|upgrade|expect|transfer-encoding|content-length|x-forwarded-.*):/i;

function someFields(random: Random): string[] {
  const fields = random.several(0, 7, () => {
    if (random.percent(25)) return strangeField(random);
    const known = random.pick(knownFields);
    return notForAll.test(known) && random.percent(75) ? 'Accept: x/y' : known;
  });
  const twice = random.percent(15) ? ['X-Twice: 1', 'x-twice: 2', 'X-TWICE:3'] : [];
  return [...fields, ...twice].filter((line) => !meant.test(line) || line.startsWith('Expect'));
}

export const chunk = (text: string, extension = ''): string =>
  `${text.length.toString(16)}${extension}\r\n${text}\r\n`;

/** A body in chunks, with what chunks may have. */
function chunked(random: Random, text: string): string {
  let body = '';
  for (let at = 0; at < text.length;) {
    const size = random.int(1, Math.max(1, text.length));
    const extension = random.percent(10) ? random.pick([';a', ';a=b', ';a="b c"']) : '';
    body += chunk(text.slice(at, at + size), extension);
    at += size;
  }
  const trailers = random.percent(35)
    ? random.pick(['X-Sum: 1\r\n', 'x-a: 1\r\nX-A: 2\r\n', `X-O: ${random.text(obsText, 1, 5)}\r\n`])
    : '';
  return `${body}0\r\n${trailers}\r\n`;
}

function payload(random: Random): string {
  const kind = random.int(0, 9);
  if (kind < 2) return '';
  if (kind < 7) return random.bytes(1, 60);
  if (kind < 8) return `GET /in-the-body HTTP/1.1\r\nHost: app\r\nX-Case: %%IDID%%.body\r\n\r\n`;
  if (kind < 9) return random.bytes(200, 400).repeat(random.int(1, 60));
  return 'x'.repeat(random.int(60_000, 200_000));
}

/** The body of a request, and the fields that say how long it is. */
function framed(random: Random): { fields: string[]; body: string } {
  const text = payload(random);
  const kind = random.int(0, 9);
  if (kind < 5) return { fields: [`Content-Length: ${text.length}`], body: text };
  if (kind < 9) {
    const name = random.pick(['Transfer-Encoding', 'transfer-encoding', 'TRANSFER-ENCODING']);
    const trailer = random.percent(20) ? ['Trailer: X-Sum'] : [];
    return {
      fields: [`${name}: ${random.pick(['chunked', 'chunked', 'Chunked'])}`, ...trailer],
      body: chunked(random, text),
    };
  }
  return { fields: [], body: '' }; // neither body nor length
}

/** A request as RFC 9112 allows it; `alone`: no other one is on its connection. */
export function request(random: Random, alone: boolean): RequestSpec {
  const hasBody = random.percent(45);
  const method = random.pick(random.percent(10) ? otherMethods : hasBody ? bodyMethods : plainMethods);
  const { fields, body } = hasBody ? framed(random) : { fields: [], body: '' };
  const own = someFields(random);
  const http = random.percent(alone ? 10 : 2) ? 'HTTP/1.0' : 'HTTP/1.1';
  const host =
    http === 'HTTP/1.0' && random.percent(50)
      ? []
      : [random.pick(['Host: app', 'host:app:80', 'Host: a.b.c'])];
  return {
    line: `${method} ${method === 'OPTIONS' ? '*' : target(random)} ${http}`,
    fields: [...host, ...own.slice(0, 3), ...fields, ...own.slice(3)],
    body,
    eol: '\r\n',
    plan: answerPlan(random, { method, alone }),
  };
}

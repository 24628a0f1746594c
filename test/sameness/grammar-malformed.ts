import type { RequestSpec } from './case.ts';
import type { Random } from '../support/random.ts';

const controls = Array.from({ length: 32 }, (_, i) => String.fromCharCode(i)).join('') + '\x7f';

const obsText = Array.from({ length: 128 }, (_, i) => String.fromCharCode(128 + i)).join('');

type Mutation = (request: RequestSpec, random: Random, limit: number) => void;

function insert(text: string, more: string, random: Random): string {
  const at = random.int(0, text.length);
  return text.slice(0, at) + more + text.slice(at);
}

const line =
  (change: (text: string, random: Random) => string): Mutation =>
  (request, random) => {
    request.line = change(request.line, random);
  };
const field =
  (make: (random: Random) => string): Mutation =>
  (request, random) => {
    request.fields.splice(random.int(0, request.fields.length), 0, make(random));
  };
const withBody =
  (fields: string[], body: string): Mutation =>
  (request) => {
    request.line = request.line.replace(/^\S+/, 'POST');
    request.fields = request.fields.filter(
      (text) => !/^(?:content-length|transfer-encoding|expect):/i.test(text),
    );
    request.fields.push(...fields);
    request.body = body;
  };

/** The head is as long as one may be, a little less or a little more. */
const fill: Mutation = (request, random, limit) => {
  const { line: first, fields, plan } = request;
  const used = [first, ...fields].join('\r\n').length + 160 + JSON.stringify(plan).length;
  const size = Math.max(1, limit - used + random.int(-300, 200));
  const text = random.pick(['a', 'b,', 'c d']).repeat(size);
  request.fields.push(`X-Fill: ${text.slice(0, size - 1)}z`);
};

/** What RFC 9112 forbids, or Node may forbid. Each server answers in its own way; every one lets some of it through. */
const mutations: Mutation[] = [
  fill,
  fill,
  fill,
  line((text, random) => text.replace(/ \S+ /, ` /${random.text(`a${obsText}`, 1, 20)} `)),
  line((text, random) => text.replace(/ \S+ /, ` /${random.text(`a${obsText}`, 1, 20)} `)),
  line((text, random) => insert(text, random.text(controls, 1, 2), random)),
  line((text) => text.replace(' ', '  ')),
  line((text) => text.replace(/HTTP.*/, 'HTTP/1.2')),
  line((text) => text.replace(/HTTP.*/, 'HTTP/2.0')),
  line((text) => text.replace(/ HTTP.*/, '')),
  line((text) => text.replace(/^\S+/, 'get')),
  line((text) => text.replace(/^\S+/, 'UNKNOWN')),
  line((text) => text.replace(/^\S+/, 'CONNECT')),
  line((text) => text.replace(/^\S+ \S+/, 'CONNECT app:443')),
  line((text) => text.replace(/^(\S+) \S+/, '$1 noslash')),
  line((text) => `\r\n\r\n${text}`),
  line(() => 'PRI * HTTP/2.0'),
  field((random) => `X-Control: a${random.text(controls, 1, 2)}b`),
  field((random) => `X${random.text(controls + ' ()[]{}"/@,;', 1, 1)}Y: z`),
  field(() => 'No-Blank:value'),
  field(() => 'X-Space : before the colon'),
  field(() => ' folded: at the start'),
  field(() => 'X-Folded: one\r\n two'),
  field(() => 'NoColon'),
  field(() => ': no name'),
  field(() => 'X-Lonely: a\rb'),
  field(() => 'X-Feed: a\nX-Next: b'),
  field(() => 'X-High: \x80\xff\xa0'),
  field(() => 'H\xf6st: latin'),
  field(() => 'Host: second'),
  field(() => 'Content-Length: 0'),
  field(() => 'Transfer-Encoding: identity'),
  (request) => {
    request.eol = '\n';
  },
  (request) => {
    request.fields = request.fields.filter((text) => !/^host:/i.test(text));
  },
  withBody(['Content-Length: 5', 'Content-Length: 5'], 'hello'),
  withBody(['Content-Length: 5', 'Content-Length: 6'], 'hello!'),
  withBody(['Content-Length: 5, 5'], 'hello'),
  withBody(['Content-Length: +5'], 'hello'),
  withBody(['Content-Length: 5 '], 'hello'),
  withBody(['Content-Length: 99999999999999999999'], 'hello'),
  withBody(['Content-Length: -1'], ''),
  withBody(['Content-Length:'], ''),
  withBody(['Content-Length: 5', 'Transfer-Encoding: chunked'], '5\r\nhello\r\n0\r\n\r\n'),
  withBody(['Transfer-Encoding: chunked', 'Content-Length: 3'], '5\r\nhello\r\n0\r\n\r\n'),
  withBody(['Transfer-Encoding: chunked, identity'], '5\r\nhello\r\n0\r\n\r\n'),
  withBody(['Transfer-Encoding: gzip, chunked'], '5\r\nhello\r\n0\r\n\r\n'),
  withBody(['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], '5\r\nhello\r\n0\r\n\r\n'),
  withBody(['Transfer-Encoding: xchunked'], '5\r\nhello\r\n0\r\n\r\n'),
  withBody(['Transfer-Encoding:\tchunked'], '5\r\nhello\r\n0\r\n\r\n'),
  withBody(['Transfer-Encoding: chunked'], '5\nhello\n0\n\n'),
  withBody(['Transfer-Encoding: chunked'], 'zz\r\nhello\r\n0\r\n\r\n'),
  withBody(['Transfer-Encoding: chunked'], '5 \r\nhello\r\n0\r\n\r\n'),
  withBody(['Transfer-Encoding: chunked'], '5\r\nhelloXX0\r\n\r\n'),
  withBody(['Transfer-Encoding: chunked'], '5\r\nhello\r\n0\r\nX\x00Y: 1\r\n\r\n'),
  withBody(['Transfer-Encoding: chunked'], '5\r\nhello\r\n0\r\nbad trailer\r\n\r\n'),
  withBody(['Transfer-Encoding: chunked'], '5;\x01\r\nhello\r\n0\r\n\r\n'),
  withBody(['Transfer-Encoding: chunked'], '0x5\r\nhello\r\n0\r\n\r\n'),
  withBody(['Transfer-Encoding: chunked', 'Trailer: X-Sum'], '5\r\nhello\r\n0\r\nX-Sum:\x80\r\n\r\n'),
  withBody(['Content-Length: 5', 'Trailer: X-Sum'], 'hello'),
  withBody(['Expect: something'], ''),
  withBody(['Expect: 100-continue', 'Content-Length: 0'], ''),
  withBody(['Expect: 100-continue'], ''),
  withBody(['Upgrade: other', 'Connection: Upgrade', 'Content-Length: 5'], 'hello'),
];

/** Spoils a request, mostly in one way; `limit`: how long a head may be. */
export function malform(request: RequestSpec, random: Random, limit: number): void {
  delete request.waits;
  // An answer that is there before the fault is found goes out, or not, by chance.
  delete request.plan.when;
  for (let i = random.percent(85) ? 1 : 2; i > 0; i -= 1) random.pick(mutations)(request, random, limit);
}

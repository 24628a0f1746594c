import { answerPlan } from './grammar-answers.ts';
import { chunk, target } from './grammar-requests.ts';
import type { Case, Mode, RequestSpec } from './case.ts';
import type { Random } from '../support/random.ts';

const names = [
  'accept',
  'user-agent',
  'range',
  'x-a',
  'x_b',
  'x.c',
  'constructor',
  '__proto__',
  'if-none-match',
  'via',
  'accept-language',
];
const values = [
  '',
  'x',
  'a, b',
  'text/html',
  'bytes=0-1',
  'latin \xe9\xff',
  'trailers',
  '"quoted"',
  'z'.repeat(3_000),
];

/** A request that a client of HTTP/2 makes, and what it is in HTTP/1.1. */
export function makeStreamCase(random: Random, mode: Mode): Case {
  const hasBody = random.percent(55);
  const method = random.pick(
    hasBody
      ? ['POST', 'POST', 'PUT', 'PATCH', 'DELETE', 'GET']
      : ['GET', 'GET', 'HEAD', 'DELETE', 'POST', 'OPTIONS', 'PROPFIND'],
  );
  // Of a browser: no fragment, no blank.
  const path =
    method === 'OPTIONS' && random.percent(30)
      ? '*'
      : target(random)
          .replace(/^(?!\/)[^]*$/, '/x')
          .replaceAll('#', '');
  const text =
    hasBody && random.percent(75)
      ? random.bytes(1, random.pick([60, 3_000])).repeat(random.percent(15) ? 40 : 1)
      : '';
  const framing = hasBody ? random.pick(['length', 'data', 'data'] as const) : 'none';
  const trailers: Record<string, string> =
    framing === 'data' && random.percent(25) ? { 'x-sum': '1', 'x-other': 'two' } : {};
  // Of most Node sends only one.
  const fields = new Map(random.several(0, 5, () => [random.pick(names), random.pick(values)]));
  const again: [string, string][] = random.percent(20)
    ? [
        ['x-again', '1'],
        ['x-again', '2'],
      ]
    : [];
  const length = framing === 'length' || (framing === 'none' && !/^(?:GET|HEAD)$/.test(method));
  const framed =
    framing === 'data' ? ['transfer-encoding: chunked'] : length ? [`content-length: ${text.length}`] : [];
  const trailing = Object.entries(trailers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  const request: RequestSpec = {
    line: `${method} ${path} HTTP/1.1`,
    fields: ['host: x.test', ...[...fields, ...again].map(([name, value]) => `${name}: ${value}`), ...framed],
    body: framing === 'data' ? `${text === '' ? '' : chunk(text)}0\r\n${trailing}\r\n` : text,
    eol: '\r\n',
    plan: answerPlan(random, { method, alone: true }),
  };
  if (framing !== 'none' && text.length > 1 && random.percent(15)) {
    request.plan = { status: 413, parts: ['too much'], when: 'early', reads: false };
  }
  return {
    mode,
    requests: [request],
    pipelined: false,
    cuts: [],
    malformed: false,
    finish: 'next',
    stream: { body: text, framing, trailers, cookiesApart: random.percent(30) },
  };
}

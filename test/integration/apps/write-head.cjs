'use strict';
// Writes heads in every form that there is; `/N` is the form N, `/` their names.
const http = require('http');

const html = { 'Content-Type': 'text/html' };
const pairs = [
  ['Content-Type', 'text/html'],
  ['X-Own', 'a'],
];
const flat = ['Content-Type', 'text/html', 'X-Own', 'a'];
const bare = Object.assign(Object.create(null), html, { 'X-Own': 'b' });
const iterable = new Map(pairs);
const FetchHeaders = typeof Headers === 'function' ? Headers : Map;
const set = (response) => response.setHeader('Content-Type', 'text/html');

const forms = {
  status: (r) => set(r).writeHead(201),
  'status as a string': (r) => set(r).writeHead('404'),
  'status and reason': (r) => set(r).writeHead(200, 'Fine'),
  'status and headers': (r) => r.writeHead(200, { ...html, 'X-Own': ['a', 'b'] }),
  'status, reason, headers': (r) => r.writeHead(200, 'Fine', html),
  'undefined headers': (r) => set(r).writeHead(200, undefined),
  'null headers': (r) => set(r).writeHead(200, null),
  'null and null': (r) => set(r).writeHead(200, null, null),
  'null, nothing set': (r) => r.writeHead(200, null),
  'undefined reason': (r) => r.writeHead(200, undefined, html),
  'undefined reason, one set': (r) => set(r).writeHead(200, undefined, { 'X-Own': 'a' }),
  'null reason': (r) => r.writeHead(200, null, html),
  'empty reason': (r) => r.writeHead(200, '', html),
  'reason and null': (r) => set(r).writeHead(200, 'Fine', null),
  'numeric reason': (r) => r.writeHead(200, 7, html),
  'headers twice': (r) => r.writeHead(200, html, { 'X-Own': 'a' }),
  'reason set before': (r) => {
    r.statusMessage = 'Mine';
    return r.writeHead(200, html);
  },
  pairs: (r) => r.writeHead(200, pairs),
  'pairs and reason': (r) => r.writeHead(200, 'Fine', pairs),
  'pairs, one set': (r) => set(r).writeHead(200, [['X-Own', 'a']]),
  flat: (r) => r.writeHead(200, flat),
  'flat, one set': (r) => set(r).writeHead(200, ['X-Own', 'a', 'X-Own', 'b']),
  'flat, the same set': (r) => r.setHeader('X-Own', '0').writeHead(200, flat),
  'flat and odd': (r) => r.writeHead(200, ['Content-Type', 'text/html', 'X-Own']),
  'flat and odd, one set': (r) => set(r).writeHead(200, ['X-Own']),
  'an empty list': (r) => r.writeHead(200, []),
  'an empty object': (r) => set(r).writeHead(200, {}),
  'null prototype': (r) => r.writeHead(200, bare),
  inherited: (r) => r.writeHead(200, Object.create(bare)),
  Map: (r) => r.writeHead(200, iterable),
  Headers: (r) => r.writeHead(200, new FetchHeaders(pairs)),
  'Headers by setHeaders': (r) => {
    if (r.setHeaders) r.setHeaders(new FetchHeaders(pairs));
    return r.writeHead(200);
  },
  'set twice in two cases': (r) => set(r).writeHead(200, { 'content-type': 'text/html; charset=utf-8' }),
  cookies: (r) => r.writeHead(200, { ...html, 'Set-Cookie': ['x=1', 'y=2'] }),
  'cookies of both kinds': (r) =>
    r.setHeader('Set-Cookie', 'x=1').writeHead(200, { ...html, 'SET-COOKIE': 'y=2' }),
  'cookies in pairs': (r) => r.writeHead(200, [...pairs, ['Set-Cookie', 'x=1'], ['set-cookie', 'y=2']]),
  'own policy': (r) => r.writeHead(200, { ...html, 'strict-transport-security': 'max-age=1' }),
  numbers: (r) => r.writeHead(200, { ...html, 'X-Own': 7, 'Content-Length': 4 }),
  'not modified': (r) => r.writeHead(304, html),
  'no content': (r) => set(r).writeHead(204),
  'no head': (r) => set(r),
  'only flushed': (r) => set(r).flushHeaders(),
  'a status of text': (r) => set(r).writeHead('fine'),
  'no status': (r) => set(r).writeHead(),
  'a status below 100': (r) => set(r).writeHead(99),
  'a status above 999': (r) => set(r).writeHead(1000, html),
  'a bad name': (r) => r.writeHead(200, { ...html, 'X Own': 'a' }),
  'a bad name, one set': (r) => set(r).writeHead(200, { 'X Own': 'a' }),
  'a bad value': (r) => r.writeHead(200, { ...html, 'X-Own': 'a\nb' }),
  'a bad value in pairs': (r) => r.writeHead(200, [...pairs, ['X-Own', 'a\u0100']]),
  'a bad reason': (r) => set(r).writeHead(200, 'a\nb'),
  'an undefined value': (r) => r.writeHead(200, { ...html, 'X-Own': undefined }),
  'an undefined value, one set': (r) => set(r).writeHead(200, { 'X-Own': undefined }),
  'a number for headers': (r) => set(r).writeHead(200, 'Fine', 7),
  twice: (r) => r.writeHead(200, html).writeHead(201),
  'twice with headers': (r) => r.writeHead(200, html).writeHead(201, html),
  'set after it': (r) => r.writeHead(200, html).setHeader('X-Own', 'a'),
  'an Expect of its own': (r) => r.writeHead(200, { ...html, Expect: '100-continue' }),
  wrapped: (r) => {
    const { writeHead } = r;
    r.writeHead = function (...args) {
      this.setHeader('X-Wrapped', 'yes');
      return writeHead.apply(this, args);
    };
    return r.writeHead(200, html);
  },
  'of the class': (r) => http.ServerResponse.prototype.writeHead.call(r, 200, html),
};
const names = Object.keys(forms);

function seen(response, form) {
  let outcome;
  try {
    const result = form(response);
    outcome = result === response ? 'itself' : String(result);
  } catch (error) {
    outcome = `${error.name} ${error.code} ${error.message}`;
  }
  return JSON.stringify([
    outcome,
    response.headersSent,
    response.statusCode,
    response.statusMessage,
    response.getHeaders(),
    response.writeHead === http.ServerResponse.prototype.writeHead,
  ]);
}

http
  .createServer((request, response) => {
    if (request.url === '/') {
      response.end(JSON.stringify(names));
      return;
    }
    const text = seen(response, forms[names[request.url.slice(1)]]);
    try {
      response.end(text);
    } catch (error) {
      request.socket.end(`${text} ${error.message}`);
    }
  })
  .listen(process.env.PORT, () => console.log('listening'));

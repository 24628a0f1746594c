import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { addCookie, cookieText, readOwner, startsClient } from './cookie.ts';

const slot = (cookie: string | undefined): number | undefined => readOwner(cookie, 'radiant-shop')?.slot;

test('the owner is read from our cookie alone', () => {
  assert.equal(slot('radiant-shop=3.7'), 3);
  assert.equal(slot('a=b; radiant-shop=12.7; c=d'), 12);
  assert.deepEqual(readOwner('radiant-shop=3.6', 'radiant-shop'), { slot: 3, release: '6' });
  assert.equal(slot('xradiant-shop=3.7'), undefined);
  assert.equal(slot('radiant-shop=__proto__.7'), undefined);
  assert.equal(slot('radiant-shop='), undefined);
  assert.equal(slot('a=b;radiant-shop=12.7;c=d'), 12);
  assert.equal(slot(';;a;\t radiant-shop=12.7 ;'), 12);
  assert.equal(slot('radiant-shop=x; radiant-shop=3.7'), 3);
  assert.equal(slot('a=radiant-shop=3.7'), undefined);
  assert.equal(slot('other=1'), undefined);
  assert.equal(slot(undefined), undefined);
});

type Handler = (response: http.ServerResponse) => void;

/** The Set-Cookie values that a client sees when `handler` answers a document request. */
async function cookiesOf(t: TestContext, handler: Handler): Promise<string[]> {
  const server = http.createServer((request, response) => {
    if (startsClient(request)) addCookie(response, cookieText(request, 'radiant-a', '1.1', '/'));
    handler(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { accept: 'text/html' } });
  await answer.text();
  return answer.headers.getSetCookie();
}

const ours = 'radiant-a=1.1; Path=/; HttpOnly; SameSite=Lax';
const html = { 'Content-Type': 'text/html' };

const forms: [string, Handler, string[]][] = [
  ['an object', (r) => r.writeHead(200, { ...html, 'set-cookie': 'x=1' }).end(), ['x=1', ours]],
  [
    'a flat array',
    (r) => r.writeHead(200, ['Content-Type', 'text/html', 'Set-Cookie', 'x=1']).end(),
    ['x=1', ours],
  ],
  [
    'setHeader',
    (r) => r.setHeader('Content-Type', 'text/html').setHeader('Set-Cookie', ['x=1', 'y=2']).end(),
    ['x=1', 'y=2', ours],
  ],
  [
    'setHeader, then an object',
    (r) => r.setHeader('Set-Cookie', 'x=1').writeHead(200, 'OK', html).end(),
    ['x=1', ours],
  ],
  ['nothing of its own', (r) => r.writeHead(200, html).end('<p>'), [ours]],
  ['what caches keep', (r) => r.writeHead(200, { ...html, 'Cache-Control': 'public, max-age=60' }).end(), []],
  ['no document', (r) => r.writeHead(200, { 'Content-Type': 'image/png' }).end(), []],
];

for (const [form, handler, expected] of forms) {
  test(`the app's own cookies stay: ${form}`, async (t) =>
    assert.deepEqual(await cookiesOf(t, handler), expected));
}

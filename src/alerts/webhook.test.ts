import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { postJson } from './webhook.ts';

/** A receiver that gives these answers, one after the other. */
async function receiver(t: TestContext, ...answers: number[]): Promise<{ url: string; bodies: string[] }> {
  const bodies: string[] = [];
  const server = http.createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      bodies.push(`${request.method} ${request.headers['content-type']} ${body}`);
      response.writeHead(answers.shift() ?? 500, { Location: '/elsewhere' }).end('ok');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret`, bodies };
}

test('a receiver gets the message as JSON', async (t) => {
  const { url, bodies } = await receiver(t, 200);
  await postJson(url, '{"text":"ü"}');
  assert.deepEqual(bodies, ['POST application/json {"text":"ü"}']);
});

test('one that is overloaded or broken is asked again', async (t) => {
  const { url, bodies } = await receiver(t, 503, 429, 204);
  await postJson(url, '{}', [1, 1, 1]);
  assert.equal(bodies.length, 3);
});

test('after the last try the reason is told', async (t) => {
  const { url, bodies } = await receiver(t, 500, 502);
  await assert.rejects(postJson(url, '{}', [1]), { message: 'it answered 502' });
  assert.equal(bodies.length, 2);
});

test('one that refuses, or sends elsewhere, is not asked again', async (t) => {
  for (const status of [404, 302]) {
    // oxlint-disable-next-line no-await-in-loop
    const { url, bodies } = await receiver(t, status, 200);
    // oxlint-disable-next-line no-await-in-loop
    await assert.rejects(postJson(url, '{}', [1]), { message: `it answered ${status}` });
    assert.equal(bodies.length, 1);
  }
});

test('the address is no part of the reason', async () => {
  const server = http.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret`;
  server.close();
  await once(server, 'close');
  await assert.rejects(postJson(url, '{}', []), { message: 'it cannot be reached: ECONNREFUSED' });
});

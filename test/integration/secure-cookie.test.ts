import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeCertificate, tlsArgs } from '../support/certificates.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder('rad-secure-');
const app = join(folder, 'app.cjs');
writeFileSync(
  app,
  `require('http').createServer((request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<p>well');
  }).listen(process.env.PORT);`,
);

/** The attributes of the cookie that a new browser gets, sorted. */
function attributes(
  to: { port: number } | { socketPath: string },
  headers: Record<string, string | string[]> = {},
  over: typeof http | typeof https = http,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', path: '/', agent: false, rejectUnauthorized: false, ...to };
    const request = over.get({ ...options, headers: { accept: 'text/html', ...headers } }, (response) => {
      response.resume();
      const ours = response.headers['set-cookie']?.find((cookie) => cookie.startsWith('radiant-app='));
      resolve(ours?.split('; ').slice(1).toSorted().join('; ') ?? 'no cookie');
    });
    request.on('error', reject);
  });
}

const plain = 'HttpOnly; Path=/; SameSite=Lax';
const secure = `${plain}; Secure`;
const foreign = 'HttpOnly; Path=/; SameSite=None; Secure';
const told = { 'X-Forwarded-Proto': 'https' };
const elsewhere = { Origin: 'https://other.example.com' };
const socketOf = ({ home }: RunningApp): { socketPath: string } => ({
  socketPath: join(home, 'run/app/app.1.sock'),
});

test('over https the cookie is Secure, and over http not, whatever its client says', async (t) => {
  const certificate = makeCertificate(folder, 'shop', '127.0.0.1');
  const args = tlsArgs(certificate);
  const [encrypted, open] = await Promise.all([startRadiant({ app, args }), startRadiant({ app })]);
  t.after(() => Promise.all([encrypted.stop(), open.stop()]));
  assert.equal(await attributes(encrypted, {}, https), secure);
  assert.equal(await attributes(encrypted, elsewhere, https), foreign);
  assert.equal(await attributes(open), plain);
  for (const lie of [told, { ...told, ...elsewhere }, { 'X-Forwarded-Proto': ['https', 'https'] }]) {
    assert.equal(await attributes(open, lie), plain);
    assert.equal(await attributes(socketOf(open), lie), plain);
  }
});

test('a trusted proxy says whether its client came over https, and nobody else', async (t) => {
  const [counted, known] = await Promise.all([
    startRadiant({ app, args: ['--proxies', '1'] }),
    startRadiant({ app, args: ['--proxies-from', 'unix'] }),
  ]);
  t.after(() => Promise.all([counted.stop(), known.stop()]));
  for (const way of [counted, socketOf(counted), socketOf(known)]) {
    assert.equal(await attributes(way, told), secure);
    assert.equal(await attributes(way, { 'X-Forwarded-Proto': 'HTTPS' }), secure);
    assert.equal(await attributes(way, { ...told, ...elsewhere }), foreign);
    assert.equal(await attributes(way), plain);
    // What stands in front is the client's own word.
    assert.equal(await attributes(way, { 'X-Forwarded-Proto': 'https, http' }), plain);
    assert.equal(await attributes(way, { 'X-Forwarded-Proto': 'http, https' }), secure);
  }
  assert.equal(await attributes(known, told), plain, 'past the proxy');
});

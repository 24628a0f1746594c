import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import test from 'node:test';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { closed } from '../support/closed.ts';
import { makeCertificate, tlsArgs } from '../support/certificates.ts';
import { appNodes } from '../fixtures/nodes.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, startRadiant } from '../support/radiant.ts';
import { tcpBalancer } from '../support/tcp-balancer.ts';
import { testFolder } from '../support/tiny-apps.ts';

const app = fileURLToPath(new URL('../../examples/node-app', import.meta.url));

interface Who {
  pid: number;
  remoteAddress: string;
  remotePort: number;
}

async function whoami(url: string, localPort?: number): Promise<Who> {
  const client = url.startsWith('https') ? https : http;
  const options = { agent: false, ...(localPort !== undefined && { localPort }) } as object;
  const [response] = (await once(client.get(`${url}/api/whoami`, options), 'response')) as [
    http.IncomingMessage,
  ];
  return JSON.parse(Buffer.concat(await response.toArray()).toString()) as Who;
}

/** What is answered to these bytes. */
async function said(port: number, bytes: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1').on('error', () => {});
  socket.end(bytes);
  let answer = '';
  socket.setEncoding('utf8').on('data', (more: string) => (answer += more));
  await closed(socket);
  return answer;
}

test('behind HAProxy in TCP mode the app sees the true client', async (t) => {
  const [node] = await appNodes('26');
  const running = await startRadiant({ app, args: ['--proxy-protocol', '127.0.0.2', '--node', node!.path] });
  t.after(() => running.stop());
  const port = await tcpBalancer(t, running.port, 'send-proxy');
  const url = `http://127.0.0.1:${port}`;
  const localPort = await freePort();
  const { remoteAddress, remotePort } = await whoami(url, localPort);
  assert.deepEqual([remoteAddress, remotePort], ['127.0.0.1', localPort]);

  // Also a WebSocket that moves to another worker.
  const workers = new Set<number>();
  const sockets = Array.from({ length: 8 }, () => new WebSocket(url.replace('http', 'ws')));
  t.after(() => sockets.forEach((socket) => socket.terminate()));
  const greetings = await Promise.all(sockets.map((socket) => once(socket, 'message')));
  for (const [data] of greetings as [Buffer][]) {
    const who = JSON.parse(data.toString()) as Who;
    assert.equal(who.remoteAddress, '127.0.0.1');
    workers.add(who.pid);
  }
  assert.equal(workers.size, 2);

  // A connection that has said nothing more yet goes to another worker when its own one drains.
  const idle = net.connect({ port: running.port, host: '127.0.0.1', localAddress: '127.0.0.2' });
  idle.write('PROXY TCP4 6.6.6.6 7.7.7.7 1 2\r\n');
  await eventually('it has come in', async () => {
    const { workers: all } = await running.status();
    return all.some(({ connections, websockets }) => connections > websockets);
  });
  for (const worker of [1, 2]) await running.control.replace({ worker }); // oxlint-disable-line no-await-in-loop
  idle.write('GET /api/whoami HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  assert.match(await text(idle), /^HTTP\/1\.1 200 [^]*"remoteAddress":"6\.6\.6\.6"/);

  // Nobody else is believed, and a balancer that says nothing is none.
  const forged =
    'PROXY TCP4 6.6.6.6 7.7.7.7 1 2\r\nGET /api/whoami HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
  assert.match(await said(running.port, forged), /^HTTP\/1\.1 400 /);
  assert.equal((await whoami(running.url)).remoteAddress, '127.0.0.1');
});

test('the same with TLS, by the second version of the protocol', async (t) => {
  const certificate = makeCertificate(await testFolder(t), 'first', '127.0.0.1');
  const [node] = await appNodes('14.21.3');
  const args = [...tlsArgs(certificate), '--proxy-protocol', '127.0.0.2', '--node', node!.path];
  const running = await startRadiant({ app, args });
  t.after(() => running.stop());
  const port = await tcpBalancer(t, running.port, 'send-proxy-v2');
  const localPort = await freePort();
  const { remoteAddress, remotePort } = await whoami(`https://127.0.0.1:${port}`, localPort);
  assert.deepEqual([remoteAddress, remotePort], ['127.0.0.1', localPort]);
});

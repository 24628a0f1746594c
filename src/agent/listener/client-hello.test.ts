import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import test from 'node:test';
import tls from 'node:tls';
import { isAcmeVisit } from './client-hello.ts';

/** The first message of a real TLS client. */
async function helloOf(options: tls.ConnectionOptions): Promise<Buffer> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const client = tls.connect({ port, host: '127.0.0.1', servername: 'shop.test', ...options });
  client.on('error', () => {});
  const [socket] = (await once(server, 'connection')) as [net.Socket];
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return bytes;
}

test('the visit of an authority is known by its only protocol, whatever else the message holds', async () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const versions = { minVersion: version, maxVersion: version };
    // oxlint-disable-next-line no-await-in-loop
    const visit = await helloOf({ ...versions, ALPNProtocols: ['acme-tls/1'] });
    assert.equal(isAcmeVisit(visit), true);
    for (let length = 0; length < visit.length; length += 1) {
      assert.equal(isAcmeVisit(visit.subarray(0, length)), 'partial', `${length} bytes`);
    }
    // oxlint-disable-next-line no-await-in-loop
    const others = await Promise.all(
      [{}, { ALPNProtocols: ['http/1.1'] }, { ALPNProtocols: ['acme-tls/1', 'http/1.1'] }].map((options) =>
        helloOf({ ...versions, ...options }),
      ),
    );
    for (const hello of others) assert.equal(isAcmeVisit(hello), false);
  }
});

test('what is no ClientHello is no visit, and is never waited for beyond a record', async () => {
  assert.equal(isAcmeVisit(Buffer.from('GET / HTTP/1.1\r\n')), false);
  assert.equal(isAcmeVisit(Buffer.from([22, 3, 1, 255, 255])), false);
  const visit = await helloOf({ ALPNProtocols: ['acme-tls/1'] });
  for (let at = 5; at < visit.length; at += 1) {
    const damaged = Buffer.from(visit);
    damaged[at] = 255 - damaged[at]!;
    assert.equal(typeof isAcmeVisit(damaged), 'boolean', `byte ${at}`);
  }
});

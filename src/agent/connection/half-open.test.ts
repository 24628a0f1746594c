import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import tls from 'node:tls';

import { makeCertificate } from '../../../test/support/certificates.ts';
import { closed } from '../../../test/support/closed.ts';
import { endWithPeer } from './half-open.ts';

/** What a client has done before it goes for good, so that nothing more of it is read. */
const befores: Record<string, (client: tls.TLSSocket, server: tls.TLSSocket) => Promise<unknown>> = {
  'has ended its half': async (client, server) => {
    server.resume();
    client.end();
    await once(server, 'end');
  },
  'has sent more than the app takes': async (client, server) => {
    client.write(Buffer.alloc(200_000));
    await once(server, 'readable');
    // The rest waits in the kernel.
    while (server.readableLength < server.readableHighWaterMark) {
      // oxlint-disable-next-line no-await-in-loop -- one piece after the other
      await new Promise(setImmediate);
    }
  },
};

test('a connection over TLS that is not read ends with its client', { timeout: 120_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rad-half-open-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const { cert, key } = makeCertificate(folder, 'shop', 'shop.test');
  const options = { cert: readFileSync(cert), key: readFileSync(key), allowHalfOpen: true };
  const server = tls.createServer(options);
  server.listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;

  for (const [what, before] of Object.entries(befores)) {
    // oxlint-disable-next-line no-await-in-loop
    await t.test(`a client that ${what}`, async () => {
      const accepted = once(server, 'secureConnection') as Promise<[tls.TLSSocket]>;
      const raw = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      const client = tls.connect({ socket: raw, rejectUnauthorized: false });
      client.on('error', () => {});
      const [socket] = await accepted;
      socket.on('error', () => {});
      endWithPeer(socket);
      await before(client, socket);
      raw.resetAndDestroy();
      await closed(socket);
      assert.ok(socket.destroyed);
    });
  }
});

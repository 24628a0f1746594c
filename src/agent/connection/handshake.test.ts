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
import { beginHandshake } from './handshake.ts';

/** How a client goes away. */
const farewells: Record<string, (port: number) => Promise<unknown>> = {
  'says nothing and closes': async (port) => {
    const socket = net.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.end().resume();
  },
  'destroys it once its own side is done': async (port) => {
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    socket.destroy();
  },
  'resets it once its own side is done': async (port) => {
    const socket = net.connect(port, '127.0.0.1').on('error', () => {});
    const secured = tls.connect({ socket, rejectUnauthorized: false }).on('error', () => {});
    await once(secured, 'secureConnect');
    socket.resetAndDestroy();
  },
  'ends its half in the middle of its first message': async (port) => {
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.end(Buffer.from([22, 3, 1, 2, 0, 1])).resume();
  },
};

test(
  'a handshake is over when its client is gone, not when it is too late',
  { timeout: 120_000 },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'rad-handshake-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const { cert, key } = makeCertificate(folder, 'shop', 'shop.test');
    const secure = tls.createServer({
      cert: readFileSync(cert),
      key: readFileSync(key),
      handshakeTimeout: 20_000,
    });
    // As an HTTP server accepts: it may write to clients that have ended their half.
    const server = net.createServer({ allowHalfOpen: true }, (socket) => beginHandshake(secure, socket));
    server.listen(0, '127.0.0.1');
    t.after(() => server.close());
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;

    for (const [how, leave] of Object.entries(farewells)) {
      // oxlint-disable-next-line no-await-in-loop
      await t.test(`a client that ${how}`, async () => {
        const accepted = once(server, 'connection') as Promise<[net.Socket]>;
        let late = false;
        const failed = (error: NodeJS.ErrnoException): void => {
          late = error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT';
        };
        secure.once('tlsClientError', failed);
        secure.once('secureConnection', (socket) => socket.on('error', () => {}).resume());
        const left = leave(port);
        const [socket] = await accepted;
        await Promise.all([left, closed(socket)]);
        assert.equal(late, false);
        secure.removeAllListeners('tlsClientError').removeAllListeners('secureConnection');
      });
    }
  },
);

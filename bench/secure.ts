import { readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import { makeCertificate } from '../test/support/certificates.ts';
import { plainApp, type MakeApp } from './apps.ts';

/** A certificate (ECDSA, P-256) that all contenders serve. `joined` holds it and its key, as HAProxy reads them. */
export interface Certificate {
  cert: string;
  key: string;
  joined: string;
}

/** The clients leave no choice, so that version, cipher and key exchange are the same everywhere. */
export const secureOptions: tls.ConnectionOptions = {
  minVersion: 'TLSv1.3',
  maxVersion: 'TLSv1.3',
  ciphers: 'TLS_AES_128_GCM_SHA256',
  ecdhCurve: 'X25519',
  ALPNProtocols: ['http/1.1'],
  rejectUnauthorized: false,
};

/** The plain Node example over HTTPS. */
export const secureApp: MakeApp = async (lab) => {
  const folder = await lab.folder();
  const { cert, key } = makeCertificate(folder, 'bench', '127.0.0.1');
  const joined = join(folder, 'joined.pem');
  await writeFile(joined, `${await readFile(cert, 'utf8')}${await readFile(key, 'utf8')}`);
  return { ...(await plainApp(lab)), certificate: { cert, key, joined } };
};

/** The same over HTTP/2. */
export const http2App: MakeApp = async (lab) => ({ ...(await secureApp(lab)), http2: true });

/** A client's connection; it emits `ready` once it can be used. A `session` is resumed. */
export function connectTo(
  port: number,
  secure: boolean,
  session?: Buffer,
): { socket: net.Socket; ready: 'connect' | 'secureConnect' } {
  const to = { host: '127.0.0.1', port };
  if (!secure) return { socket: net.connect({ ...to, noDelay: true }), ready: 'connect' };
  const socket = tls.connect({ ...to, ...secureOptions, ...(session === undefined ? {} : { session }) });
  socket.setNoDelay(true);
  return { socket, ready: 'secureConnect' };
}

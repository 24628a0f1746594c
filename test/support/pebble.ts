import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import https from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { makeCertificate } from './certificates.ts';
import { eventually } from './eventually.ts';
import { freePort } from './radiant.ts';
import { testFolder } from './tiny-apps.ts';

export interface PebbleOptions {
  /** Where it visits for tls-alpn-01 and http-01. */
  tlsPort: number;
  httpPort: number;
  /** How long a certificate is valid. */
  validSeconds?: number;
  /** Accounts must be bound to one of these keys. */
  keys?: Record<string, string>;
}

/** Pebble, the ACME server for tests of the makers of Let's Encrypt, with a DNS server for which all names are 127.0.0.1. */
export interface Pebble {
  /** The arguments and the environment that have Radiant ask it. */
  args: string[];
  env: Record<string, string>;
  /** The certificate (PEM) that those it issues go back to. */
  root: string;
  /** How many orders it has been given. */
  orders(): number;
  stop(): Promise<void>;
}

export async function startPebble(t: TestContext, options: PebbleOptions): Promise<Pebble> {
  const folder = await testFolder(t);
  const [port, management, dns, dnsManagement] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  const { cert, key } = makeCertificate(folder, 'pebble', 'localhost', '127.0.0.1');
  const config = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${management}`,
    certificate: cert,
    privateKey: key,
    httpPort: options.httpPort,
    tlsPort: options.tlsPort,
    ...(options.validSeconds && { certificateValidityPeriod: options.validSeconds }),
    externalAccountBindingRequired: options.keys !== undefined,
    externalAccountMACKeys: options.keys ?? {},
  };
  const file = join(folder, 'pebble.json');
  await writeFile(file, JSON.stringify({ pebble: config }));
  const none = ['-http01', '', '-https01', '', '-tlsalpn01', '', '-defaultIPv6', ''];
  const names = ['-dns01', `127.0.0.1:${dns}`, '-management', `127.0.0.1:${dnsManagement}`];
  const resolver = spawn('pebble-challtestsrv', [...names, ...none], { stdio: 'ignore' });
  const env = { ...process.env, PEBBLE_VA_NOSLEEP: '1', PEBBLE_AUTHZREUSE: '0' };
  const server = spawn('pebble', ['-config', file, '-dnsserver', `127.0.0.1:${dns}`], { env });
  const stop = async (): Promise<void> => {
    await Promise.all([ended(server), ended(resolver)]);
  };
  t.after(stop);
  const output = await listening(server);
  const directory = `https://localhost:${port}/dir`;
  const ca = readFileSync(cert, 'utf8');
  // It says that it listens before it does so for those who manage it.
  const root = await eventually('pebble tells its root', () =>
    get(`https://localhost:${management}/roots/0`, ca).catch(() => ''),
  );
  return {
    args: ['--acme-directory', directory, '--acme-agree-tos'],
    env: { NODE_EXTRA_CA_CERTS: cert },
    root,
    orders: () => output().match(/Added order/g)?.length ?? 0,
    stop,
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'close');
}

/** Resolves when it serves, with what reads all that it has written. */
function listening(server: ChildProcess): Promise<() => string> {
  let written = '';
  return new Promise((resolve, reject) => {
    for (const stream of [server.stdout!, server.stderr!]) {
      stream.setEncoding('utf8').on('data', (more: string) => {
        written += more;
        if (/ACME directory available/.test(written)) resolve(() => written);
      });
    }
    server.once('error', reject);
    server.once('close', () => reject(new Error(`pebble ended: ${written}`)));
  });
}

async function get(url: string, ca: string): Promise<string> {
  const request = https.get(url, { ca, agent: false });
  const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
  return text(response);
}

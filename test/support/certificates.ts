import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import tls from 'node:tls';
import type { TlsFiles } from '../../src/config/types.ts';

const ecdsa = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
export const rsa = ['-newkey', 'rsa:2048'];

/** A key and a certificate for it, which signs itself or is signed by `issuer`. */
function issue(
  folder: string,
  label: string,
  extensions: string[],
  issuer?: TlsFiles,
  kind = ecdsa,
): TlsFiles {
  const [cert, key] = [join(folder, `${label}.pem`), join(folder, `${label}.key`)];
  const subject = ['-subj', `/CN=${label}`, ...extensions.flatMap((text) => ['-addext', text])];
  const by = issuer === undefined ? [] : ['-CA', issuer.cert, '-CAkey', issuer.key];
  const files = ['-keyout', key, '-out', cert];
  execFileSync('openssl', ['req', '-x509', '-nodes', '-days', '30', ...kind, ...by, ...files, ...subject], {
    stdio: 'pipe',
  });
  return { cert, key };
}

const namesOf = (hosts: string[]): string =>
  `subjectAltName=${hosts.map((host) => `${/^[\d.]+$/.test(host) ? 'IP' : 'DNS'}:${host}`).join(',')}`;

/** Makes a certificate that signs itself, for these hosts; this process trusts it from then on. */
export function makeCertificate(folder: string, label: string, ...hosts: string[]): TlsFiles {
  const pair = issue(folder, label, [namesOf(hosts)]);
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), readFileSync(pair.cert, 'utf8')]);
  return pair;
}

/** Replaces a certificate by one for the same key that is over. */
export function expire({ cert, key }: TlsFiles): void {
  const request = execFileSync('openssl', ['x509', '-x509toreq', '-in', cert, '-signkey', key], {
    stdio: 'pipe',
  });
  const args = ['x509', '-req', '-signkey', key, '-days', '0', '-out', cert];
  execFileSync('openssl', args, { input: request, stdio: 'pipe' });
}

/** One for these hosts that an intermediate has signed; `cert` holds both, and `root` is who clients would trust. */
export const makeChain = (folder: string, label: string, ...hosts: string[]): Chain =>
  makeChainOf(ecdsa, folder, label, ...hosts);

export type Chain = TlsFiles & { root: string };

/** The same with another kind of key. */
export function makeChainOf(kind: string[], folder: string, label: string, ...hosts: string[]): Chain {
  const authority = ['basicConstraints=critical,CA:true', 'keyUsage=critical,keyCertSign'];
  const root = issue(folder, `${label}-root`, authority);
  const between = issue(folder, `${label}-between`, authority, root);
  const { cert, key } = issue(folder, label, [namesOf(hosts), 'basicConstraints=CA:false'], between, kind);
  appendFileSync(cert, readFileSync(between.cert));
  return { cert, key, root: root.cert };
}

/** The arguments that have Radiant serve HTTPS with them. */
export const tlsArgs = (...pairs: TlsFiles[]): string[] =>
  pairs.flatMap(({ cert, key }) => ['--tls-cert', cert, '--tls-key', key]);

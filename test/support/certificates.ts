import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import tls from 'node:tls';
import type { TlsFiles } from '../../src/config/types.ts';

/** Makes a certificate that signs itself, for these hosts; this process trusts it from then on. */
export function makeCertificate(folder: string, label: string, ...hosts: string[]): TlsFiles {
  const [cert, key] = [join(folder, `${label}.pem`), join(folder, `${label}.key`)];
  const names = hosts.map((host) => `${/^[\d.]+$/.test(host) ? 'IP' : 'DNS'}:${host}`);
  const subject = ['-subj', `/CN=${label}`, '-addext', `subjectAltName=${names.join(',')}`];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const files = ['-keyout', key, '-out', cert];
  execFileSync('openssl', ['req', '-x509', '-nodes', '-days', '30', ...curve, ...files, ...subject], {
    stdio: 'pipe',
  });
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), readFileSync(cert, 'utf8')]);
  return { cert, key };
}

/** The arguments that have Radiant serve HTTPS with them. */
export const tlsArgs = (...pairs: TlsFiles[]): string[] =>
  pairs.flatMap(({ cert, key }) => ['--tls-cert', cert, '--tls-key', key]);

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { loadTls } from '../common/builtins.ts';
import type { TlsFiles } from '../config/types.ts';
import { dateAt } from '../common/dates.ts';
import { RadiantError, reasonOf } from '../common/errors.ts';
import { readTextFileSync } from '../common/text-file.ts';

/** A certificate chain with its key, as PEM texts, and what the certificate says. */
export interface Pair {
  cert: string;
  key: string;
  /** The host names that it is for; `*.example.com` stands for one label more. */
  names: string[];
  begins: Date;
  expires: Date;
  serial: string;
  /** Who vouches for it, as the certificate names them: `Let's Encrypt R11`. */
  issuer: string;
  /** Where `cert` lies. */
  file: string;
}

/** Reads a pair and makes sure that TLS can be served with it. Errors: CERTIFICATE. */
export function readPair(files: TlsFiles): Pair {
  const [cert, key] = [read(files.cert, 'certificate'), read(files.key, 'private key')];
  try {
    const [certificate, ...chain] = cert.match(certificates)!.map((pem) => new X509Certificate(pem));
    const privateKey = createPrivateKey(key);
    if (!certificate!.checkPrivateKey(privateKey)) {
      const later = chain.some((each) => each.checkPrivateKey(privateKey));
      throw new Error(later ? 'the certificate of the key must be the first in its file' : strangers);
    }
    loadTls().createSecureContext({ cert, key });
    const { subjectAltName = '', subject, validFrom, validTo, serialNumber, issuer } = certificate!;
    return {
      cert,
      key,
      names: namesIn(subjectAltName, subject),
      begins: dateAt(validFrom),
      expires: dateAt(validTo),
      serial: serialNumber,
      issuer: issuerIn(issuer),
      file: files.cert,
    };
  } catch (error) {
    const reason = plain(reasonOf(error));
    throw new RadiantError('CERTIFICATE', `${files.cert} and ${files.key} cannot serve TLS: ${reason}`);
  }
}

const strangers = 'the key is not that of the certificate';
const certificates = /-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----[^]*?-----END \1-----/g;
const kinds = {
  certificate: certificates,
  'private key': /-----BEGIN ((?:\w+ )*PRIVATE KEY)-----[^]*?-----END \1-----/g,
};

/** An empty key is no error to Node: it would serve nobody. */
function read(path: string, kind: keyof typeof kinds): string {
  let text: string;
  try {
    text = readTextFileSync(path);
  } catch (error) {
    throw new RadiantError('CERTIFICATE', `${path} cannot be read: ${reasonOf(error)}`);
  }
  if (text.match(kinds[kind]) !== null) return text;
  throw new RadiantError('CERTIFICATE', `${path} holds no ${kind} in PEM, or only a part of it`);
}

/** Without alternative names clients do not accept a certificate (RFC 9110, 4.3.4), but it may be tried out. */
function namesIn(alternatives: string, subject: string): string[] {
  const names = [...alternatives.matchAll(/(?:DNS|IP Address):([^,\s"]+)/g)].map(([, name]) => name!);
  if (names.length > 0) return names;
  const common = /^CN=(.+)$/m.exec(subject)?.[1];
  return common === undefined ? [] : [common];
}

/** The organisation and the name below it; without both what there is. */
function issuerIn(issuer: string): string {
  const parts = ['O', 'CN'].flatMap((key) => new RegExp(`^${key}=(.+)$`, 'm').exec(issuer)?.[1] ?? []);
  return parts.length > 0 ? parts.join(' ') : issuer.replaceAll('\n', ', ');
}

/** OpenSSL's words, as far as somebody meets them who mixes up two files. */
function plain(reason: string): string {
  if (/passphrase|bad decrypt|interrupted or cancelled/i.test(reason)) return 'the key is encrypted';
  if (/PEM routines/.test(reason)) return 'one of them is damaged';
  return reason;
}

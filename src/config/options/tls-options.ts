import { kinds } from './kinds.ts';
import { option } from './option.ts';

/** Those of HTTPS. */
export const tlsOptions = {
  tlsCert: option(kinds.files, {
    summary:
      'The certificate chain (PEM) that Radiant serves HTTPS with; with others beside it, by host name',
    otherwise: 'no HTTPS',
    multiple: true,
    path: true,
    only: ['flag', 'environment'],
  }),
  tlsKey: option(kinds.files, {
    summary: 'The private key (PEM) of the certificate in the same place',
    otherwise: 'no HTTPS',
    multiple: true,
    path: true,
    only: ['flag', 'environment'],
  }),
  tls: option(kinds.tls, {
    summary: 'Certificates that Radiant serves HTTPS with; the one of `acme` it gets and renews itself',
    otherwise: 'no HTTPS',
    only: ['file'],
  }),
  acmeDomain: option(kinds.domains, {
    summary: 'A host name for which Radiant gets a certificate itself, and renews it (ACME)',
    otherwise: 'the `domains` of `tls: { acme }`',
    multiple: true,
    only: ['flag', 'environment'],
  }),
  acmeEmail: option(kinds.email, {
    summary: 'Whom the certificate authority may write to',
    otherwise: 'the `email` of `tls: { acme }`, or nobody',
    only: ['flag', 'environment'],
  }),
  acmeAgreeTos: option(kinds.flag, {
    summary: "Agree to the certificate authority's terms of service; nothing is asked of it before",
    only: ['flag', 'environment'],
  }),
  acmeStaging: option(kinds.flag, {
    summary:
      "Use the staging directory of Let's Encrypt: for tries, with certificates that no browser trusts",
    only: ['flag', 'environment'],
  }),
  acmeDirectory: option(kinds.directory, {
    summary: "The directory of another certificate authority than Let's Encrypt",
    otherwise: "the `directory` of `tls: { acme }`, or that of Let's Encrypt",
    only: ['flag', 'environment'],
  }),
  acmeChallenge: option(kinds.challenge, {
    summary:
      'How the authority makes sure of the domains: `tls-alpn-01` asks port 443, `http-01` port 80 (`redirect`)',
    otherwise: 'the `challenge` of `tls: { acme }`, or one after the other until one succeeds',
    only: ['flag', 'environment'],
  }),
  acmeEabKeyId: option(kinds.keyId, {
    summary:
      'The name of the key that ties the ACME account to one with the authority (external account binding)',
    otherwise: 'the `eab` of `tls: { acme }`, or none',
    only: ['flag', 'environment'],
  }),
  acmeEabKeyFile: option(kinds.file, {
    summary: 'A file with that key, in base64url as the authority gave it',
    otherwise: 'RADIANT_ACME_EAB_KEY',
    path: true,
    only: ['flag', 'environment'],
  }),
  acmeEabKey: option(kinds.secretKey, {
    summary: 'That key itself, where it is not to be in a file',
    otherwise: 'the key file',
    secret: true,
    only: ['environment'],
  }),
  redirect: option(kinds.listen, {
    summary: 'Addresses whose visitors are sent on to HTTPS',
    otherwise: 'none',
    multiple: true,
  }),
  http2: option(kinds.flag, {
    summary: 'HTTP/2 over TLS, for clients that speak it; the app sees HTTP/1.1',
    otherwise: 'HTTP/1.1 alone',
  }),
  hsts: option(kinds.maxAge, {
    summary: 'For how long browsers shall use HTTPS only: Strict-Transport-Security on every answer',
    otherwise: 'left to the app',
  }),
} as const;

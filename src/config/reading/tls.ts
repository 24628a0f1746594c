import type { Values } from '../options/options.ts';
import type { Problem } from './problems.ts';
import type { WrittenAcme } from '../options/tls-kinds.ts';
import type { Acme, TlsFiles } from '../types.ts';

/** https://letsencrypt.org/getting-started and https://letsencrypt.org/docs/staging-environment */
const letsEncrypt = 'https://acme-v02.api.letsencrypt.org/directory';
const letsEncryptStaging = 'https://acme-staging-v02.api.letsencrypt.org/directory';

/** The certificates with their keys, wherever they were said; undefined: no TLS. */
export function tlsFiles(values: Values): TlsFiles[] | undefined {
  const { tlsCert, tlsKey = [], tls } = values;
  const files = tlsCert?.map((cert, index) => ({ cert, key: tlsKey[index] ?? '' })) ?? tls?.files;
  return files ?? (writtenAcme(values) && []);
}

/** What the file says of ACME, each part replaced by what a flag or a variable says; undefined: nobody says domains. */
function writtenAcme(values: Values): WrittenAcme | undefined {
  const written = values.tls?.acme;
  const domains = values.acmeDomain ?? written?.domains;
  if (domains === undefined) return undefined;
  const { acmeEmail, acmeAgreeTos, acmeStaging, acmeDirectory, acmeChallenge } = values;
  return {
    ...written,
    domains,
    ...(acmeEmail !== undefined && { email: acmeEmail }),
    ...(acmeAgreeTos !== undefined && { agreeTos: acmeAgreeTos }),
    ...(acmeStaging !== undefined && { staging: acmeStaging }),
    ...(acmeDirectory !== undefined && { directory: acmeDirectory }),
    ...(acmeChallenge !== undefined && { challenge: acmeChallenge }),
  };
}

/** How Radiant gets a certificate itself; undefined where it does not. */
export function acmeOf(values: Values): Acme | undefined {
  const written = writtenAcme(values);
  if (written === undefined) return undefined;
  const { domains, email, challenge, staging, directory } = written;
  const eab = accountBinding(values, written);
  return {
    domains,
    directory: directory ?? (staging ? letsEncryptStaging : letsEncrypt),
    ...(email !== undefined && { email }),
    ...(challenge !== undefined && { challenge }),
    ...(eab && { eab }),
  };
}

/** The file with the key is stronger than the variable, which may be left from somebody else. */
function accountBinding(values: Values, { eab }: WrittenAcme): Acme['eab'] {
  const keyId = values.acmeEabKeyId ?? eab?.keyId;
  const keyFile = values.acmeEabKeyFile ?? eab?.keyFile;
  if (keyId === undefined) return undefined;
  if (keyFile !== undefined) return { keyId, keyFile };
  return values.acmeEabKey === undefined ? undefined : { keyId, key: values.acmeEabKey };
}

/** What cannot be meant about HTTPS. */
export function tlsProblems(values: Values): Problem[] {
  const { tlsCert = [], tlsKey = [], redirect, http2, hsts } = values;
  const problems = acmeProblems(values);
  if (tlsCert.length !== tlsKey.length) {
    const what = `there are ${tlsCert.length} certificates and ${tlsKey.length} keys`;
    problems.push({ where: 'tls-cert', what, remedy: 'Give each --tls-cert its --tls-key', flag: true });
  }
  if (tlsFiles(values) !== undefined) return problems;
  for (const [where, value] of Object.entries({ redirect, http2: http2 || undefined, hsts })) {
    if (value === undefined) continue;
    const what = 'there is no HTTPS';
    problems.push({ where, what, remedy: 'Name a certificate with --tls-cert, or in tls', flag: false });
  }
  return problems;
}

const problem = (what: string, remedy: string): Problem => ({ where: 'acme', what, remedy, flag: false });

function acmeProblems(values: Values): Problem[] {
  const written = writtenAcme(values);
  if (written === undefined) {
    const said = Object.keys(values).some((name) => /^acme(?!EabKey$)/.test(name));
    if (!said) return [];
    return [problem('no domain is named', 'Name it with --acme-domain, or in `tls: { acme: { domains } }`')];
  }
  const problems: Problem[] = [];
  const { agreeTos, staging, directory, eab } = written;
  if (!agreeTos) {
    const remedy =
      "Read them (those of Let's Encrypt: https://letsencrypt.org/repository/), and say `agreeTos: true` or --acme-agree-tos";
    problems.push(problem("nobody has agreed to the authority's terms of service", remedy));
  }
  if (staging && directory !== undefined) {
    problems.push(problem('staging and directory exclude each other', 'Leave out one of them'));
  }
  const keyFile = values.acmeEabKeyFile ?? eab?.keyFile;
  const keyId = values.acmeEabKeyId ?? eab?.keyId;
  if (keyId !== undefined && keyFile === undefined && values.acmeEabKey === undefined) {
    const remedy = 'Name the file with it (`keyFile`, --acme-eab-key-file), or set RADIANT_ACME_EAB_KEY';
    problems.push(problem('the key of the external account binding is missing', remedy));
  }
  if (keyFile !== undefined && keyId === undefined) {
    const remedy = 'Say --acme-eab-key-id, or `keyId` beside `keyFile`';
    problems.push(problem('the key of the external account binding has no name', remedy));
  }
  return problems;
}

import type { Values } from './options.ts';
import type { Problem } from './problems.ts';
import type { TlsFiles } from './types.ts';

/** The certificates with their keys, wherever they were said; undefined: no TLS. */
export function tlsFiles({ tlsCert, tlsKey = [], tls }: Values): TlsFiles[] | undefined {
  return tlsCert?.map((cert, index) => ({ cert, key: tlsKey[index] ?? '' })) ?? tls;
}

/** What cannot be meant about HTTPS. */
export function tlsProblems(values: Values): Problem[] {
  const { tlsCert = [], tlsKey = [], redirect, hsts } = values;
  const problems: Problem[] = [];
  if (tlsCert.length !== tlsKey.length) {
    const what = `there are ${tlsCert.length} certificates and ${tlsKey.length} keys`;
    problems.push({ where: 'tls-cert', what, remedy: 'Give each --tls-cert its --tls-key', flag: true });
  }
  if (tlsFiles(values) !== undefined) return problems;
  for (const [where, value] of Object.entries({ redirect, hsts })) {
    if (value === undefined) continue;
    const what = 'there is no HTTPS';
    problems.push({ where, what, remedy: 'Name a certificate with --tls-cert, or in tls', flag: false });
  }
  return problems;
}

/** PEM texts, and the host names that the certificate is for. */
export interface NamedPair {
  names: readonly string[];
  cert: string;
  key: string;
}

/** Chains with keys of different kinds, as TLS takes them: OpenSSL shows each client the one that it understands. */
export interface Chains {
  cert: string[];
  key: string[];
}

const sameNames = (one: NamedPair, other: NamedPair): boolean =>
  [...one.names].sort().join() === [...other.names].sort().join();

/** What TLS makes of a pair. Errors: OpenSSL's. */
export interface PairReader<Context> {
  /** Of what a context holds besides the last chain, Node takes nothing once a host name has chosen it. */
  contextOf(pair: NamedPair): Context;
  createPrivateKey(key: string): { asymmetricKeyType?: string };
}

/** The first pair, and those for the same names with keys of other kinds (RSA, ECDSA). */
function firstOf(
  pairs: readonly NamedPair[],
  { createPrivateKey }: Pick<PairReader<unknown>, 'createPrivateKey'>,
): Chains {
  const kinds = new Set<string | undefined>();
  const chains: Chains = { cert: [], key: [] };
  for (const pair of pairs) {
    const kind = createPrivateKey(pair.key).asymmetricKeyType;
    if (kinds.has(kind) || !sameNames(pair, pairs[0]!)) continue;
    kinds.add(kind);
    chains.cert.push(pair.cert);
    chains.key.push(pair.key);
  }
  return chains;
}

/** Which certificate a client is served with, by the host name that it says (SNI; RFC 6066, 3). */
export class CertificateChoice<Context> {
  /** For its own names, and for clients that name no host or an unknown one. */
  readonly first: Chains;
  readonly #named = new Map<string, Context | undefined>();

  /** `pairs`: one at least; where a name is in several, the first one has it. Errors: OpenSSL's. */
  constructor(pairs: readonly NamedPair[], reader: PairReader<Context>) {
    this.first = firstOf(pairs, reader);
    for (const pair of pairs) {
      const context = sameNames(pair, pairs[0]!) ? undefined : reader.contextOf(pair);
      for (const name of pair.names) {
        const lower = name.toLowerCase();
        if (!this.#named.has(lower)) this.#named.set(lower, context);
      }
    }
  }

  /** An exact name before a wildcard, which stands for one label (RFC 9525, 6.3); undefined: the first ones. */
  find(host: string): Context | undefined {
    const name = host.toLowerCase();
    return this.#named.get(this.#named.has(name) ? name : name.replace(/^[^.]+/, '*'));
  }
}

import type { ChallengeType } from '../config/types.ts';

/** An order for one certificate, for the process that carries it out. */
export interface Order {
  directory: string;
  domains: string[];
  challenge: ChallengeType;
  email: string | null;
  /** The account's private key (PEM), and its URL if the authority knows it already. */
  accountKey: string;
  accountUrl: string | null;
  eab: { kid: string; hmacKey: string } | null;
}

/** What the authority may ask for now, by tokens (http-01) or host names (tls-alpn-01). */
export interface Answers {
  tokens: { token: string; answer: string }[];
  certificates: { name: string; cert: string; key: string }[];
}

export const noAnswers: Answers = { tokens: [], certificates: [] };

/**
 * What that process tells. After `answers` it waits for a word that the workers have them; `account` comes as soon as
 * there is one. `terms` is where the terms of service stand that were agreed to. The last one is `certificate` (PEM) or
 * `failed`; then `notBefore` is the earliest time that the authority wants to hear of the account again, in milliseconds
 * since the epoch.
 */
export type Report =
  | { type: 'answers'; answers: Answers }
  | { type: 'account'; url: string; terms: string | null }
  | { type: 'certificate'; cert: string; key: string }
  | { type: 'failed'; reason: string; notBefore: number | null; accountUnknown: boolean };

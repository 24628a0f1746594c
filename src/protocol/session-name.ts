import { sha256 } from './sha256.ts';

/** What SockJS and Engine.IO make up themselves is shorter. */
const longest = 64;

/**
 * The name of a long-poll session, as it is told and kept: what its client calls it, or the digest of that (SHA-256) where
 * that is long, since a client may say anything.
 */
export const sessionName = (said: string): string => (said.length <= longest ? said : sha256(said));

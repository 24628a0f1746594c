import { createHash } from 'node:crypto';

const minute = 60_000;
/**
 * How long to wait after each failure in a row. Authorities count failed validations: Let's Encrypt allows five of a
 * name in an hour (https://letsencrypt.org/docs/rate-limits). Four of these fit into one.
 */
const waits = [1, 5, 20, 60, 180, 360, 720].map((minutes) => minutes * minute);
/** The share of a lifetime after which a certificate is renewed, and that over which renewals spread. */
const renewedAfter = 2 / 3;
const spread = 0.03;
/** The share of a wait by which it may be longer. */
const jitter = 0.2;

/** 0 to 1, the same for the same text: a restart must not change when something is due. */
function fraction(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) / 0x1_0000_0000;
}

export interface Lifetime {
  /** Milliseconds since the epoch. */
  begins: number;
  ends: number;
  /** The certificate's own, for the jitter. */
  serial: string;
}

/** When a certificate is to be renewed: after two thirds of its lifetime, and a little more, by its serial number. */
export function renewalAt({ begins, ends, serial }: Lifetime): number {
  return Math.round(begins + (ends - begins) * (renewedAfter + spread * fraction(serial)));
}

/** When to try again after so many failures in a row, the last one at `at`. */
export function nextTryAt(failures: number, at: number): number {
  const wait = waits[Math.min(failures, waits.length) - 1] ?? 0;
  return Math.round(at + wait * (1 + jitter * fraction(`${failures} ${at}`)));
}

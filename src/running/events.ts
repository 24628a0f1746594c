import type { ChallengeType } from '../config/types.ts';
import type { Departures } from './departures.ts';
import type { RolloutStep, Status } from './status.ts';

/** What becomes of a certificate. `next`: when Radiant asks again, by itself; ISO 8601 as `expires`. */
export type CertificateStep =
  | { step: 'missing'; names: string[] }
  | { step: 'ordered'; names: string[]; challenge: ChallengeType }
  | { step: 'issued'; names: string[]; expires: string; next: string }
  /** It should have been replaced by now, whoever does that: told once a day. */
  | { step: 'expiring'; names: string[]; expires: string }
  | { step: 'failed'; names: string[]; reason: string; next: string; expires?: string };

/**
 * What happens to the fleet, as it happens. `time` is milliseconds since the epoch. The `cause` of a start: `start`,
 * `died`, `scale`, `restart`, `replace`, `memory`, `takeover` (from a supervisor that died), `deploy 4`, `back to 3`.
 */
export type FleetEvent = { time: number } & (
  | { type: 'starting'; slot: number; pid: number; cause: string }
  | { type: 'ready'; slot: number; pid: number; startedInMs: number }
  /** Its app has closed its server and lives on; and it listens again. */
  | { type: 'closed'; slot: number; pid: number }
  | { type: 'reopened'; slot: number; pid: number }
  /** A spare takes clients from now on, in the place of one that does not any more. */
  | { type: 'promoted'; slot: number; pid: number }
  | { type: 'draining'; slot: number; pid: number }
  /** It has emptied; told where it had clients that were handed over, or had to connect anew. */
  | ({ type: 'drained'; slot: number; pid: number } & Departures)
  | { type: 'exit'; slot: number; pid: number; reason: string; expected: boolean; output: string[] }
  /**
   * Its event loop has not answered for `hangTimeout`. `stack`: `function (file:line:column)`, innermost first; `where`:
   * the function that does not end; `foundInMs`: how long finding that out took, or trying to.
   */
  | {
      type: 'hang';
      slot: number;
      pid: number;
      silentMs: number;
      foundInMs: number;
      stack: string[];
      where?: string;
    }
  /** Radiant's own code in a worker threw, and the worker goes on. `count`: so many since the last such event. */
  | { type: 'fault'; slot: number; pid: number; entry: string; stack: string[]; count: number }
  /** A worker near its heap limit has written what is on its heap. */
  | { type: 'snapshot'; slot: number; pid: number; file: string }
  | { type: 'retry'; slot: number; inMs: number; failing: boolean }
  | { type: 'notice'; slot: number; text: string }
  | { type: 'output'; slot: number; line: string }
  /** Another number of workers is wanted. */
  | { type: 'scaled'; from: number; to: number; reason: string }
  /** The load asks for more workers than there may be; at most once a minute. */
  | { type: 'limit'; text: string }
  /** A worker uses more than it may, and is being replaced. */
  | { type: 'memory'; slot: number; pid: number; rssBytes: number; limitBytes: number }
  /** Radiant gets a certificate itself, or one, also from files, is not replaced in time. */
  | ({ type: 'certificate' } & CertificateStep)
  | { type: 'state'; state: Status['state'] }
  | { type: 'rollout'; release: number; step: RolloutStep; reason?: string }
  /** Visitors get the maintenance page, or the app again. */
  | { type: 'maintenance'; on: boolean; ownPage?: boolean; close?: boolean }
  /** Somebody asks for it by hand: an operation, or a signal. */
  | { type: 'asked'; operation: string; text: string }
  /** `reason`: how the one before ended, for one that took over. */
  | {
      type: 'supervisor';
      step: 'started' | 'took over' | 'hands over' | 'stopped';
      pid: number;
      reason?: string;
    }
);

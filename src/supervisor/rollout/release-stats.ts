/** What the workers of one release did in a span of time. */
export interface ReleaseStats {
  requests: number;
  /** Answers with a status of 500 and above. */
  failures: number;
  /** Workers that ended without being told to. */
  crashes: number;
  /** Workers whose event loop stood still. */
  hangs: number;
}

export const noStats: ReleaseStats = { requests: 0, failures: 0, crashes: 0, hangs: 0 };

/** Fewer failures than this may be anybody's bad luck. */
const failuresThatCount = 10;
/** The share of failures must be so many times that of before, and so much above it. */
const timesWorse = 2;
const shareWorse = 0.05;
/** One crash may be chance (and somebody's `kill -9`), two of a new release within its watch are not. */
const crashesThatCount = 2;

const share = ({ requests, failures }: ReleaseStats): number => (requests === 0 ? 0 : failures / requests);

const percent = (part: number): string => `${Math.round(part * 100)} %`;

/** Why a release does clearly worse than the one before did, in words; undefined when it does not. */
export function whyWorse(before: ReleaseStats, after: ReleaseStats): string | undefined {
  if (after.crashes >= crashesThatCount && after.crashes > before.crashes) {
    return `its workers ended ${after.crashes} times (${before.crashes} times in the time before)`;
  }
  if (after.hangs > before.hangs) return 'the event loop of a worker stood still';
  const [was, is] = [share(before), share(after)];
  if (after.failures >= failuresThatCount && is > was * timesWorse && is > was + shareWorse) {
    return `${percent(is)} of its answers were errors (${percent(was)} before)`;
  }
  return undefined;
}

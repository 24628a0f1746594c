import { dateAt } from '../../common/dates.ts';
import { bytes, duration } from '../../common/units.ts';
import type { TotalMeasure } from '../../admin/live/wire.ts';

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const clockFormat = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const minuteFormat = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const dayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

export const clock = (at: number): string => clockFormat.format(at);
export const minute = (at: number): string => minuteFormat.format(at);

const dateFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
export const day = (at: number): string => dateFormat.format(at);

/** `14:02` today, `3 Nov 14:02` before. */
export function moment(at: number, now: number): string {
  const today = dateAt(at).toDateString() === dateAt(now).toDateString();
  return today ? minute(at) : `${dayFormat.format(at)} ${minute(at)}`;
}

export const percent = (share: number): string => `${whole.format(share * 100)} %`;
export const rate = (perSecond: number): string =>
  perSecond > 0 && perSecond < 9.95 ? tenths.format(perSecond) : whole.format(perSecond);
export const number = (count: number): string => whole.format(count);
export const memory = (size: number): string => (size === 0 ? '0' : bytes(size));
export const uptime = (seconds: number): string => duration(seconds);

/** How each measure is written. */
export const written: Record<TotalMeasure, (value: number) => string> = {
  eventLoop: percent,
  eventLoopMax: percent,
  memory,
  sessions: number,
  requests: rate,
  workers: number,
};

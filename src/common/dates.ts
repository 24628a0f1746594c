/**
 * The only module that asks for the date: for people, for logs, for certificates. The clock may be set at any time, so
 * what has elapsed is the difference of two `performance.now()`, never of two dates.
 */

/** As it was before an app could replace it. */
const OriginalDate = Date;

/** Milliseconds since the epoch. */
export const epochMs = (): number => OriginalDate.now();

/** `2026-11-24T14:02:11.000Z` (ISO 8601). */
export const isoDate = (time = epochMs()): string => new OriginalDate(time).toISOString();

/** `Tue, 24 Nov 2026 14:02:11 GMT` (RFC 9110, section 5.6.7). */
export const httpDate = (): string => new OriginalDate(epochMs()).toUTCString();

/** From milliseconds since the epoch, or from what `parseDate` reads. */
export const dateAt = (time: number | string): Date => new OriginalDate(time);

/** Milliseconds since the epoch; NaN for what is no date. */
export const parseDate = (text: string): number => OriginalDate.parse(text);

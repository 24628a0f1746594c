import { dateAt, epochMs, parseDate } from '../../common/dates.ts';
import { RadiantError } from '../../common/errors.ts';
import type { Invocation, VerbOption } from './verb.ts';

const units: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export const sinceOption: VerbOption = {
  summary:
    'Only what is not older: a time ago (`90s`, `10m`, `2h`, `1d`), or a local time (`14:30`, `2026-11-24 14:30`)',
  placeholder: 'TIME',
};

/** Milliseconds since the epoch from what `--since` says; undefined without it. Errors: USAGE. */
export function sinceFrom({ flags }: Pick<Invocation, 'flags'>, now = epochMs()): number | undefined {
  if (typeof flags.since !== 'string') return undefined;
  const text = flags.since.trim();
  const time = ago(text, now) ?? clock(text, now) ?? moment(text);
  if (time !== undefined) return time;
  throw new RadiantError(
    'USAGE',
    `--since: "${text}" is no time`,
    'Write for instance `--since 10m`, `--since 14:30` or `--since "2026-11-24 14:30"`',
  );
}

function ago(text: string, now: number): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([smhd])?$/.exec(text);
  return match ? now - Number(match[1]) * units[match[2] ?? 's']! : undefined;
}

/** The last time that it was so late. */
function clock(text: string, now: number): number | undefined {
  const match = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text);
  if (!match) return undefined;
  const at = dateAt(now);
  at.setHours(Number(match[1]), Number(match[2]), Number(match[3] ?? 0), 0);
  if (at.getTime() > now) at.setDate(at.getDate() - 1);
  return at.getTime();
}

function moment(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return undefined;
  const time = parseDate(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00` : text);
  return Number.isNaN(time) ? undefined : time;
}

/** Readers of single values. They throw nothing: `undefined` means that the value does not fit. */

const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A day: longer waits are mistakes, and setTimeout fires at once beyond 24.8 days. */
const longest = 86_400_000;

/** Milliseconds from seconds (`10`, `"10"`) or from a number with its unit (`"500ms"`, `"90s"`, `"2m"`, `"1h"`). */
export function readDuration(value: number | string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)?$/.exec(String(value).trim());
  if (!match) return undefined;
  const ms = Math.round(Number(match[1]) * (units[match[2] ?? 's'] ?? 1000));
  return ms <= longest ? ms : undefined;
}

const ages: Record<string, number> = { ...units, d: 86_400_000 };

/** Milliseconds from a time of at least a second and at most ten years, in which days count too (`"7d"`). */
export function readAge(value: number | string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?$/.exec(String(value).trim());
  if (!match) return undefined;
  const ms = Math.round(Number(match[1]) * (ages[match[2] ?? 's'] ?? 1000));
  return ms >= 1000 && ms <= 3660 * 86_400_000 ? ms : undefined;
}

const sizes: Record<string, number> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** Bytes from a number with its unit (`"500KB"`, `"10 MB"`, `"1G"`; 1024 each) or without (bytes), `min` at least. */
export function readSize(value: number | string, min: number): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?$/i.exec(String(value).trim());
  if (!match) return undefined;
  const bytes = Math.round(Number(match[1]) * (sizes[match[2]!.toLowerCase()] ?? 1));
  return bytes >= min && Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Bytes for each worker, or a share (0 to 1) of the memory there is for all of them together. */
export type MaxMemory = number | { share: number };

/** No worker lives in less; bytes. */
export const smallestWorker = 64 * 1024 ** 2;

/** A size, or a percentage from 1 to 100 (`"80%"`). */
export function readMaxMemory(value: number | string): MaxMemory | undefined {
  const percent = /^(\d{1,3})\s*%$/.exec(String(value).trim())?.[1];
  if (percent === undefined) return readSize(value, smallestWorker);
  const share = readInteger(percent, 1, 100);
  return share === undefined ? undefined : { share: share / 100 };
}

/** A whole number from `min` to `max`, as a number or in decimal digits. */
export function readInteger(value: number | string, min: number, max: number): number | undefined {
  const text = String(value).trim();
  if (!/^\d{1,15}$/.test(text)) return undefined;
  const number = Number(text);
  return number >= min && number <= max ? number : undefined;
}

const yes = new Set(['true', '1', 'yes', 'on']);
const no = new Set(['false', '0', 'no', 'off', '']);

export function readBoolean(value: boolean | string): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const text = value.trim().toLowerCase();
  if (yes.has(text)) return true;
  return no.has(text) ? false : undefined;
}

/**
 * A file mode: octal digits in a string (`"660"`, `"0o660"`), or a number as JavaScript writes it (`0o660`).
 * The number 660 is what a user writes who forgot the quotes: it has bits beyond 0o777 and does not fit.
 */
export function readMode(value: number | string): number | undefined {
  if (typeof value === 'number') {
    return Number.isInteger(value) && value >= 0 && value <= 0o777 ? value : undefined;
  }
  const match = /^(?:0o|0)?([0-7]{3})$/.exec(value.trim());
  return match ? Number.parseInt(match[1] ?? '', 8) : undefined;
}

/** The URL without a slash at its end, as Meteor's `ROOT_URL` wants it. */
export function readRootUrl(value: string): string | undefined {
  const url = URL.parse(value.trim());
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash) return undefined;
  return url.href.replace(/\/$/, '');
}

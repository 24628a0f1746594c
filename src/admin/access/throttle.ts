import { clientPrefix } from '../../common/client-prefix.ts';

/** Wrong tokens that an address may show before it has to wait. */
const free = 5;
const firstWaitMs = 1_000;
const longestWaitMs = 15 * 60_000;
/** An address that has been quiet for so long starts anew. */
const forgetMs = 3_600_000;
/** Wrong tokens a minute, of all addresses together, before those that never logged in have to wait. */
const perMinute = 60;
const minuteMs = 60_000;
const remembered = 2_000;

interface Known {
  failures: number;
  lastAt: number;
  /** It showed the right token once. */
  trusted: boolean;
}

/** Slows down those who guess tokens: each address for itself, and all together. Times are milliseconds. */
export class Throttle {
  /** The one that was quiet for the longest time comes first. */
  readonly #known = new Map<string, Known>();
  #minute = 0;
  #failures = 0;

  /** How long this address has to wait before its next token is looked at; 0: it may try. */
  waitMs(address: string, now = performance.now()): number {
    const known = this.#known.get(clientPrefix(address));
    const { failures = 0, lastAt = 0, trusted = false } = known ?? {};
    const own = failures < free ? 0 : Math.min(longestWaitMs, firstWaitMs * 2 ** (failures - free));
    const wait = own === 0 ? 0 : Math.max(0, lastAt + own - now);
    if (trusted || wait > 0) return wait;
    return this.#count(now) < perMinute ? 0 : (this.#minute + 1) * minuteMs - now;
  }

  failed(address: string, now = performance.now()): void {
    const known = this.#known.get(clientPrefix(address));
    const before = known === undefined || now - known.lastAt > forgetMs ? 0 : known.failures;
    this.#note(address, { failures: before + 1, lastAt: now, trusted: known?.trusted ?? false });
    this.#failures = this.#count(now) + 1;
  }

  succeeded(address: string, now = performance.now()): void {
    this.#note(address, { failures: 0, lastAt: now, trusted: true });
  }

  #count(now: number): number {
    const minute = Math.floor(now / minuteMs);
    if (minute !== this.#minute) this.#failures = 0;
    this.#minute = minute;
    return this.#failures;
  }

  #note(address: string, known: Known): void {
    const group = clientPrefix(address);
    this.#known.delete(group);
    this.#known.set(group, known);
    if (this.#known.size > remembered) this.#known.delete(this.#known.keys().next().value!);
  }
}

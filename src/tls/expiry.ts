const day = 86_400_000;

/** Who has seen nothing new by then should look: what renews certificates does so weeks earlier. */
export const warnedBeforeMs = 14 * day;
/** Of certificates that are short-lived, when this share of their life is left; they are renewed after two thirds. */
const warnedShare = 0.2;
const toldEveryMs = day;

interface Lifetime {
  begins: Date;
  expires: Date;
  serial: string;
}

/** It should have been replaced by now (milliseconds since the epoch), or is over. */
export function expiresSoon({ begins, expires }: Omit<Lifetime, 'serial'>, now: number): boolean {
  const life = expires.getTime() - begins.getTime();
  return expires.getTime() - now < Math.min(warnedBeforeMs, life * warnedShare);
}

/** Remembers of which certificates it was told that they expire soon: once a day is enough. */
export class ExpiryWatch {
  #told = new Map<string, number>();

  /** Those of all that are served of which it is to be told now. */
  look<T extends Lifetime>(all: readonly T[], now: number): T[] {
    const soon = all.filter((each) => expiresSoon(each, now));
    const told = new Map(soon.map(({ serial }) => [serial, this.#told.get(serial) ?? -Infinity]));
    const news = soon.filter(({ serial }) => now - told.get(serial)! >= toldEveryMs);
    for (const { serial } of news) told.set(serial, now);
    this.#told = told;
    return news;
  }
}

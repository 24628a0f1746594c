import { setTimeout as wait } from 'node:timers/promises';

const everyMs = 20;

/** Resolves with the first truthy value of `look`, asked again and again; rejects after `timeout` ms, which cost only what fails. */
export async function eventually<T>(
  what: string,
  look: () => T | Promise<T>,
  timeout = 60_000,
): Promise<NonNullable<T>> {
  const end = Date.now() + timeout;
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one look after the other is the point
    const value = await look();
    if (value) return value;
    if (Date.now() > end) throw new Error(`not within ${timeout} ms: ${what}`);
    // oxlint-disable-next-line no-await-in-loop
    await wait(everyMs);
  }
}

import { setTimeout as wait } from 'node:timers/promises';

const answerMs = 10_000;
/** The pauses before it is tried again. */
const pausesMs = [1_000, 5_000, 25_000];
/** A receiver that asks for a longer pause than this is not waited for. */
const longestPauseMs = 60_000;

type Try = { ok: true } | { ok: false; reason: string; again: boolean; afterMs: number };

/**
 * Posts JSON, again after a pause while the receiver does not answer, is overloaded (429) or broken (5xx). Rejects
 * with the reason of the last failure; the address, which is often a secret, is not part of it.
 */
export async function postJson(
  url: string,
  body: string,
  pauses: readonly number[] = pausesMs,
): Promise<void> {
  for (let i = 0; ; i += 1) {
    // oxlint-disable no-await-in-loop -- one try after the other
    const result = await post(url, body);
    if (result.ok) return;
    const pause = pauses[i];
    if (pause === undefined || !result.again) throw new Error(result.reason);
    await wait(Math.max(pause, result.afterMs), undefined, { ref: false });
    // oxlint-enable no-await-in-loop
  }
}

async function post(url: string, body: string): Promise<Try> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'User-Agent': 'radiant' },
      body,
      // After a redirect a POST becomes a GET, and nobody would hear of anything.
      redirect: 'manual',
      signal: AbortSignal.timeout(answerMs),
    });
    await answer.body?.cancel();
    if (answer.ok) return { ok: true };
    const seconds = Number(answer.headers.get('retry-after') ?? 0);
    const afterMs = seconds > 0 ? Math.min(seconds * 1000, longestPauseMs) : 0;
    const again = answer.status === 429 || answer.status >= 500;
    return { ok: false, reason: `it answered ${answer.status}`, again, afterMs };
  } catch (error) {
    return { ok: false, reason: whyNot(error), again: true, afterMs: 0 };
  }
}

/** In place of the error's own words, which may name the address. */
function whyNot(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${answerMs / 1000} s`;
  const { code } = ((error as Error).cause ?? {}) as { code?: string };
  return code === undefined ? 'it cannot be reached' : `it cannot be reached: ${code}`;
}

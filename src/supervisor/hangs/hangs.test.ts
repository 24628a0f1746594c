import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Silence, type SilenceProbe } from './hangs.ts';

const second = { elapsedMs: 1000, lateMs: 0 };

/** One look a second, from the first silent second on; returns what the last one says. */
function after(
  seconds: number,
  look: (n: number) => Partial<SilenceProbe>,
): { ms: number; silence: Silence } {
  const silence = new Silence();
  let ms = 0;
  for (let n = 1; n <= seconds; n += 1) {
    ms = silence.look({ ...second, silentMs: n * 1000, thread: undefined, ...look(n) });
  }
  return { ms, silence };
}

test('a worker that computes is silent through its own fault', () => {
  const { ms, silence } = after(30, (n) => ({ thread: { state: 'R', ticks: n * 100 } }));
  assert.deepEqual([ms, silence.waits], [30_000, false]);
});

test('a worker that waits in a call is too', () => {
  const { ms, silence } = after(30, () => ({ thread: { state: 'S', ticks: 500 } }));
  assert.deepEqual([ms, silence.waits], [30_000, true]);
});

test('a stopped worker is not, and what it does afterwards counts', () => {
  const { ms } = after(30, (n) => ({ thread: { state: n <= 20 ? 'T' : 'R', ticks: 100 + Math.max(20, n) } }));
  assert.equal(ms, 10_000);
});

test('nor is one that gets no CPU', () => {
  const { ms } = after(30, () => ({ thread: { state: 'R', ticks: 500 } }));
  assert.equal(ms, 1_000, 'the first look cannot tell');
});

test('nor is one whose supervisor stood still', () => {
  const silence = new Silence();
  silence.look({ ...second, silentMs: 1000, thread: undefined });
  const late = { elapsedMs: 40_000, lateMs: 39_000, silentMs: 41_000, thread: undefined };
  assert.equal(silence.look(late), 2_000);
});

test('what it says ends its silence and all excuses', () => {
  const silence = new Silence();
  silence.look({ ...second, silentMs: 9_000, thread: { state: 'T', ticks: 5 } });
  assert.equal(silence.look({ ...second, silentMs: 500, thread: { state: 'R', ticks: 9 } }), 500);
});

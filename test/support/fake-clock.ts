import assert from 'node:assert/strict';
import { globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A clock that a test sets, for processes with its environment. Their monotonic clock goes on as it is. */
export interface FakeClock {
  readonly env: Record<string, string>;
  /** Sets it so many seconds forward, or back. */
  advance(seconds: number): void;
}

/** `folder`: where the processes look it up. */
export function fakeClock(folder: string): FakeClock {
  const [library] = globSync('/usr/lib/*/faketime/libfaketime.so.1');
  assert.ok(library, 'libfaketime is installed (npm test does that)');
  const file = join(folder, 'clock');
  let offset = 0;
  const advance = (seconds: number): void => {
    offset += seconds;
    writeFileSync(file, `${offset < 0 ? offset : `+${offset}`}\n`);
  };
  advance(0);
  const env = { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1' };
  return { env: { ...env, FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' }, advance };
}

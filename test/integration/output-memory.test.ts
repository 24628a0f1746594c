import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { startRadiant } from '../support/radiant.ts';
import { full } from '../support/full-size.ts';

const program = join(import.meta.dirname, 'apps', 'prints.cjs');
const megabyte = 1024 ** 2;
const most = 30 * megabyte;
const kinds: [what: string, lines: number, bytes: number][] = [
  [`${full ? 1_100 : 200} lines of 0.9 MB`, full ? 1_100 : 200, 900_000],
  ['a line of 60 MB without an end', 0, 60 * megabyte],
  ['100,000 short lines', 100_000, 80],
];

const fieldOf = (pid: number, name: string): number =>
  1024 *
  Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);

/** The most memory that a process has had since the last call (proc(5): clear_refs). */
function peakOf(pid: number): number {
  const peak = fieldOf(pid, 'VmHWM');
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  return peak;
}

test('the memory of the supervisor does not follow what an app prints', async (t) => {
  const app = await startRadiant({ app: program, workers: 1, args: ['--log-keep', '1'] });
  t.after(() => app.stop());
  const { pid } = (await app.status()).supervisor;
  for (const [i, [what, lines, bytes]] of kinds.entries()) {
    peakOf(pid);
    const before = fieldOf(pid, 'VmRSS');
    // oxlint-disable no-await-in-loop -- one kind after the other
    const last = `that was /1/${10 + i}`;
    const printed = await app.event((event) => event.type === 'output' && event.line === last);
    let all = false;
    void printed.seen.then(() => (all = true));
    await (await fetch(`${app.url}/${lines}/${bytes}`)).text();
    // Once more and again: readers that are too slow are left out of some lines.
    await eventually('the supervisor has read it', async () => {
      await (await fetch(`${app.url}/1/${10 + i}`)).text();
      return all;
    });
    // oxlint-enable no-await-in-loop
    const growth = peakOf(pid) - before;
    t.diagnostic(`${what}: + ${Math.round(growth / megabyte)} MB at most`);
    assert.ok(growth <= most, `${what}: ${growth} bytes`);
  }
});

import assert from 'node:assert/strict';
import { chmodSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import os, { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { run } from '../../../src/cli/run.ts';
import { check } from './check.ts';

const divider = '\n----------\n';
const folder = import.meta.dirname;

// Whether this machine has IPv6 is not to be seen in the files.
os.networkInterfaces = () => ({ lo: [{ family: 'IPv6' } as os.NetworkInterfaceInfo] });
syncBuiltinESMExports();

/** What the configurations name. */
const apps = {
  'bundle/main.js': '',
  'bundle/star.json': '{"nodeVersion":"20.18.0"}',
  'bundle/programs/server/package.json': '{}',
  'app/package.json': '{"main":"server.js"}',
  'app/server.js': '',
  'main.js': '',
  '100%.env': '',
  'settings.json': '{}',
};

/**
 * Each file holds a configuration, a command line, and what that prints: standard output, then what is said beside it.
 * `GOLDEN=write node --test test/golden/export/golden.test.ts` writes the last two parts anew: read the difference.
 */
for (const path of globSync(join(folder, '*', '*.txt')).toSorted()) {
  test(`${basename(join(path, '..'))}/${basename(path)}`, async (t) => {
    const [config, line, ...expected] = readFileSync(path, 'utf8').split(divider);
    const place = mkdtempSync(join(tmpdir(), 'rad-golden-'));
    chmodSync(place, 0o755);
    t.after(() => rmSync(place, { recursive: true }));
    writeFileSync(join(place, 'radiant.config.json'), config!);
    for (const [file, text] of Object.entries(apps)) {
      mkdirSync(join(place, dirname(file)), { recursive: true });
      writeFileSync(join(place, file), text);
    }
    let [out, beside] = ['', ''];
    const terminal = {
      print: (text: string) => void (out += `${text}\n`),
      complain: (text: string) => void (beside += `${text}\n`),
      transient: () => {},
      settled: () => Promise.resolve(),
      style: (_style: unknown, text: string) => text,
      foreign: (text: string) => text,
      interactive: false,
      columns: Infinity,
    };
    const argv = line!.trim().split(/\s+/).slice(1);
    const code = await run(argv, { terminal, cwd: place, env: { RADIANT_HOME: '/srv/radiant' } });
    assert.equal(code, 0, beside);
    beside = beside.replace(/^- The unit sees nothing of \/tmp: .*\n/m, '').replaceAll(place, '/srv/app');
    out = out.replaceAll(place, '/srv/app');
    if (process.env.GOLDEN === 'write') writeFileSync(path, [config, line, out, beside].join(divider));
    else assert.deepEqual([out, beside], expected);
    await check(argv[1]!, out, place);
  });
}

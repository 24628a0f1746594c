import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { StaticFile, StaticIndex } from '../protocol/static-index.ts';
import { publishStatic } from './web-folder.ts';

const file = (path: string, rest: Partial<StaticFile> = {}): StaticFile => ({
  path,
  size: 1,
  mtimeMs: 1,
  sha256: path,
  tag: path,
  cacheable: true,
  contentType: null,
  ...rest,
});

test('hashed files of all releases, by coding and URL; nothing else, and nothing that two releases dispute', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rad-web-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const list = (release: number, files: StaticFile[], urls: Record<string, number>): string => {
    const path = join(folder, `${release}.json`);
    const index: StaticIndex = { format: 1, release, files, urls };
    writeFileSync(path, JSON.stringify(index));
    return path;
  };
  const web = join(folder, 'web');
  const links = (): Record<string, string> =>
    Object.fromEntries(
      readdirSync(web, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isSymbolicLink())
        .map((entry) => join(entry.parentPath, entry.name))
        .toSorted()
        .map((path) => [path.slice(web.length + 1), readlinkSync(path)]),
    );
  const first = list(
    1,
    [
      file('/1/a', { br: { path: '/s/a.br', size: 1 } }),
      file('/1/b'),
      file('/1/plain', { cacheable: false }),
    ],
    { '/a1.js': 0, '/app/deep/b.js': 1, '/logo.png': 2, '/../../etc/x.js': 0, '/.hidden/x.js': 0 },
  );
  const second = list(2, [file('/2/a'), file('/2/b')], { '/a2.js': 0, '/app/deep/b.js': 1 });

  await publishStatic(web, [first, join(folder, 'missing.json')]);
  const ofFirst = { 'br/a1.js': '/s/a.br', 'identity/a1.js': '/1/a' };
  assert.deepEqual(links(), { ...ofFirst, 'identity/app/deep/b.js': '/1/b' });
  await publishStatic(web, [first, second]);
  assert.deepEqual(links(), { ...ofFirst, 'identity/a2.js': '/2/a' });
  await publishStatic(web, [second]);
  assert.deepEqual(links(), { 'identity/a2.js': '/2/a', 'identity/app/deep/b.js': '/2/b' });
});

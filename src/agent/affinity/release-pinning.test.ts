import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { ReleasePinning, type Retarget } from './release-pinning.ts';

/** A worker of release 2, which serves; one of release 1 is left. */
function releases(
  t: TestContext,
  meteorAt: string | null,
): (method: string, url: string) => Retarget | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'rad-releases-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const currentLink = join(folder, 'current');
  symlinkSync('releases/2', currentLink);
  const old = {
    worker: 7,
    slot: 1,
    release: '1',
    siblings: '',
    sessions: 0,
    takesSessions: false,
    open: false,
  };
  const members = {
    self: 1,
    ofRelease: (release: string) => (release === '1' ? old : undefined),
    othersThan: () => [],
    inSlot: () => undefined,
    leavingSlot: () => undefined,
  };
  const known = new ReleasePinning(
    { release: '2', currentLink, cookieName: 'radiant-shop', meteorAt },
    members,
  );
  const cookie = ['Cookie', 'radiant-shop=1.1.abc'];
  return (method, url) => known.retarget({ method, url, rawHeaders: cookie } as IncomingMessage);
}

const imports = '/__meteor__/dynamic-import/fetch';
const manifest = '/__browser/manifest.json';
const toTheOld: Retarget = { kind: 'request', worker: 7 };

test('a page of an old release reaches its code at the exact path below ROOT_URL', (t) => {
  for (const [at, prefix] of [
    ['/', ''],
    ['/shop', '/shop'],
    ['/shop/', '/shop'],
  ] as const) {
    const ask = releases(t, at);
    for (const url of [
      imports,
      manifest,
      '/__browser.legacy/manifest.json',
      '/__cordova/manifest.json?x=1',
    ]) {
      assert.deepEqual(ask('POST', prefix + url), toTheOld, prefix + url);
      for (const other of [
        `/x${prefix}${url}`,
        `${prefix}/x${url}`,
        `${prefix}/${url}`,
        `${prefix}${url.replace('?', '/?')}x`,
      ])
        assert.equal(ask('POST', other), undefined, other);
    }
    if (prefix !== '') assert.equal(ask('POST', imports), undefined);
  }
});

test('no other app has an old release that can be reached', (t) => {
  const ask = releases(t, null);
  for (const url of [imports, manifest, `/x${imports}`]) assert.equal(ask('POST', url), undefined, url);
});

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { RadiantError } from '../../common/errors.ts';
import { findFreePort, loadSettings, readSettings, settingsForWorker, usesUws } from './settings.ts';

async function file(t: TestContext, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'radiant-settings-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'settings.json'), text);
  return join(folder, 'settings.json');
}

function isSettingsError(message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof RadiantError);
    assert.equal(error.code, 'SETTINGS');
    assert.match(error.message, message);
    return true;
  };
}

test('a settings file keeps its text to the byte, but for a byte order mark', async (t) => {
  const text = '{ "public":  {"b": 1, "a": 2} }\n';
  assert.equal(await readSettings(await file(t, text)), text);
  assert.equal(await readSettings(await file(t, `\uFEFF${text}`)), text);
});

test('a settings file that is missing, broken or no object is an error with its place', async (t) => {
  await assert.rejects(
    readSettings('/nowhere/settings.json'),
    isSettingsError(/\/nowhere.*cannot be read.*ENOENT/),
  );
  await assert.rejects(readSettings(await file(t, '{\n  "a": 1,\n}')), isSettingsError(/line 3, column 1/));
  await assert.rejects(readSettings(await file(t, '[]')), isSettingsError(/no object/));
});

test('the file comes before the variable, the plain variable before the encoded one', async (t) => {
  const path = await file(t, '{"from":"file"}');
  const encoded = { METEOR_SETTINGS_ENCODED: encodeURIComponent('{"from":"encoded é"}') };
  const both = { ...encoded, METEOR_SETTINGS: '{"from":"variable"}' };
  assert.equal(await loadSettings(path, both), '{"from":"file"}');
  assert.equal(await loadSettings(undefined, both), '{"from":"variable"}');
  assert.equal(await loadSettings(undefined, encoded), '{"from":"encoded é"}');
  assert.equal(await loadSettings(undefined, { METEOR_SETTINGS: '' }), undefined);
});

test('broken variables are named', async () => {
  await assert.rejects(
    loadSettings(undefined, { METEOR_SETTINGS: '{' }),
    isSettingsError(/METEOR_SETTINGS holds no valid JSON/),
  );
  await assert.rejects(
    loadSettings(undefined, { METEOR_SETTINGS_ENCODED: '%' }),
    isSettingsError(/not URI-encoded/),
  );
});

test('without uws every worker gets the same text', () => {
  const text = '{ "public": {} }';
  assert.equal(settingsForWorker(text, {}, 5001), text);
  assert.equal(settingsForWorker(undefined, { DDP_TRANSPORT: 'sockjs' }, 5001), undefined);
});

test('with uws each worker gets its port, and the rest stays', () => {
  const text =
    '{"public":{"b":1,"a":{"x":[2]}},"packages":{"p":1,"ddp-server":{"transport":"uws","uws":{"host":"h"}}}}';
  assert.ok(usesUws(text, {}));
  assert.equal(usesUws(text, { DDP_TRANSPORT: 'sockjs' }), false);
  const [one = '', two = ''] = [5001, 5002].map((port) => settingsForWorker(text, {}, port));
  assert.deepEqual(JSON.parse(one).packages, {
    p: 1,
    'ddp-server': { transport: 'uws', uws: { host: 'h', port: 5001 } },
  });
  assert.equal(one.replace('5001', '5002'), two);
  assert.ok(one.includes('"public":{"b":1,"a":{"x":[2]}}'));
  const alone = settingsForWorker(undefined, { DDP_TRANSPORT: 'uws' }, 7) ?? '';
  assert.deepEqual(JSON.parse(alone), { packages: { 'ddp-server': { uws: { port: 7 } } } });
});

test('a free port can be listened on', async () => {
  assert.ok((await findFreePort()) > 1023);
});

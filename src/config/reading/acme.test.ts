import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadConfig, type ConfigInput } from './load.ts';
import type { Config } from '../types.ts';

const home = mkdtempSync(join(tmpdir(), 'rad-acme-'));
after(() => rmSync(home, { recursive: true }));

function folder(config: object): string {
  const path = mkdtempSync(join(home, 'x-'));
  writeFileSync(join(path, 'radiant.config.json'), JSON.stringify(config));
  return path;
}

const load = (input: Partial<ConfigInput>): Promise<Config> =>
  loadConfig({ flags: {}, cwd: home, env: {}, ...input });

const failure = (input: Partial<ConfigInput>): Promise<Error> =>
  load(input).then(
    () => assert.fail('it was accepted'),
    (error: Error) => error,
  );

test('what the file says of ACME is replaced part by part by flags, and secrets come from the environment', async () => {
  const eab = { keyId: 'kid-1', keyFile: 'k' };
  const acme = { domains: ['Shop.Example.com', 'münchen.test'], agreeTos: true, eab };
  const cwd = folder({ tls: { acme } });
  const written = await load({ cwd });
  assert.deepEqual(written.tls, []);
  assert.deepEqual(written.acme, {
    domains: ['shop.example.com', 'xn--mnchen-3ya.test'],
    directory: 'https://acme-v02.api.letsencrypt.org/directory',
    eab: { keyId: 'kid-1', keyFile: join(cwd, 'k') },
  });
  const tried = await load({ cwd, flags: { acmeStaging: true, acmeEmail: 'ops@example.com' } });
  assert.match(tried.acme?.directory ?? '', /acme-staging/);
  assert.equal(tried.acme?.email, 'ops@example.com');
  const flags = { acmeDomain: ['a.test'], acmeAgreeTos: true, acmeEabKeyId: 'kid-2' };
  const said = await load({ flags, env: { RADIANT_ACME_EAB_KEY: 'c2VjcmV0LWtleQ' } });
  assert.deepEqual(said.acme?.eab, { keyId: 'kid-2', key: 'c2VjcmV0LWtleQ' });
});

test('ACME with something missing or impossible is one clear error', async () => {
  const wrong = async (flags: object, pattern: RegExp): Promise<void> => {
    assert.match((await failure({ flags })).message, pattern);
  };
  const fit = { acmeDomain: ['a.test'], acmeAgreeTos: true };
  await wrong({ acmeDomain: ['a.test'] }, /terms of service/);
  await wrong({ acmeEmail: 'ops@example.com' }, /no domain is named/);
  await wrong({ ...fit, acmeEabKeyId: 'kid' }, /key of the external account binding is missing/);
  await wrong({ ...fit, acmeStaging: true, acmeDirectory: 'https://a.test/dir' }, /exclude each other/);
  await wrong({ ...fit, acmeDirectory: 'http://a.test/dir' }, /is not an https URL/);
  for (const name of ['*.shop.test', 'localhost', '10.0.0.1', 'a..b']) {
    // oxlint-disable-next-line no-await-in-loop
    await wrong({ ...fit, acmeDomain: [name] }, /is not a full host name/);
  }
  const cwd = folder({ tls: { acme: { domain: 'a.test', agreeTos: true } } });
  assert.match((await failure({ cwd })).message, /tls\.acme/);
});

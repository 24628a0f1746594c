import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { nameOf, toName } from './name.ts';

test('any text becomes a valid name', () => {
  assert.equal(toName('My Shop 2'), 'my-shop-2');
  assert.equal(toName('@acme/shop'), 'acme-shop');
  assert.equal(toName('.demo'), 'demo');
  assert.equal(toName('x'.repeat(39) + '-yy'), 'x'.repeat(39));
  assert.equal(toName('…'), '');
});

test('the folder names the app, unless all apps have such a folder', () => {
  assert.equal(nameOf('/srv/shop'), 'shop');
  assert.equal(nameOf('/opt/shop/current/bundle'), 'shop');
  assert.equal(nameOf('/srv/shop.tar.gz'), 'shop');
  assert.equal(nameOf('/srv/shop/bundle.tar.gz'), 'shop');
  assert.equal(nameOf('/srv/shop/server.mjs'), 'shop');
  assert.equal(nameOf('/'), 'app');
});

test('a package.json names the app', () => {
  const folder = temporaryFolder('radiant-name-');
  writeFileSync(join(folder, 'package.json'), '{"name":"@acme/shop"}');
  assert.equal(nameOf(folder), 'acme-shop');
  assert.equal(nameOf(join(folder, 'server.js')), 'acme-shop');
  writeFileSync(join(folder, 'server.js'), '');
  assert.equal(nameOf(join(folder, 'server')), 'acme-shop');
  writeFileSync(join(folder, 'package.json'), '{');
  assert.match(nameOf(folder), /^radiant-name-/);
});

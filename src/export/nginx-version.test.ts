import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flavorOf } from './nginx-flavor.ts';

test('the flavour follows from what `nginx -v` prints', () => {
  assert.equal(flavorOf('nginx version: nginx/1.22.1\n'), 'classic');
  assert.equal(flavorOf('nginx version: nginx/1.29.5'), 'classic');
  assert.equal(flavorOf('nginx version: nginx/1.29.6'), 'sticky');
  assert.equal(flavorOf('nginx version: nginx/1.30.0 (Ubuntu)'), 'sticky');
  assert.equal(flavorOf('nginx version: nginx/2.0.0'), 'sticky');
  assert.equal(flavorOf('Tengine version: Tengine/3.1.0\nnginx version: nginx/1.24.0'), 'tengine');
  assert.equal(flavorOf(''), undefined);
});

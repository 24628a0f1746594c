import assert from 'node:assert/strict';
import test from 'node:test';
import { clientPrefix } from './client-prefix.ts';

const same: Record<string, string[]> = {
  '203.0.113.7': ['203.0.113.7', '::ffff:203.0.113.7', '::FFFF:cb00:7107'],
  '2001:db8:1:2::/64': ['2001:db8:1:2::', '2001:0db8:0001:0002:ffff::1', '2001:DB8:1:2:3:4:5:6'],
  '2001:db8:0:0::/64': ['2001:db8::1', '2001:db8:0:0:1::', '2001:db8::1:0:0:1'],
  'fe80:0:0:0::/64': ['fe80::1%eth0', 'fe80::2%eth1'],
  '0:0:0:0::/64': ['::1', '::', '::203.0.113.7'],
  '64:ff9b:0:0::/64': ['64:ff9b::203.0.113.7'],
};

for (const [prefix, addresses] of Object.entries(same)) {
  test(`${addresses.join(', ')}: ${prefix}`, () => {
    assert.deepEqual([...new Set(addresses.map(clientPrefix))], [prefix]);
  });
}

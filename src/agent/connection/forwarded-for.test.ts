import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byNetworks, trimmed } from './forwarded-for.ts';

const cases: [string | undefined, number, string | undefined, string][] = [
  ['6.6.6.6', 0, undefined, 'without a trusted proxy every entry is forged'],
  ['6.6.6.6, 1.2.3.4', 1, '1.2.3.4', 'the proxy appended the last one'],
  ['1.2.3.4', 1, '1.2.3.4', 'an honest header stays'],
  [' 6.6.6.6 ,, 1.2.3.4,5.6.7.8', 2, '1.2.3.4, 5.6.7.8', 'two proxies, two entries'],
  ['1.2.3.4', 2, '1.2.3.4, 1.2.3.4', 'a client that came past the outer proxy'],
  [undefined, 1, '9.9.9.9', 'a client that came past all proxies'],
];

for (const [value, proxies, expected, why] of cases) {
  test(`${proxies} proxies: ${why}`, () => assert.equal(trimmed(value, proxies, '9.9.9.9'), expected));
}

test('without any certain address there is none', () =>
  assert.equal(trimmed(undefined, 1, undefined), undefined));

const ranges = (...known: string[]): { has(address: string | undefined): boolean } => ({
  has: (address) => known.includes(address ?? 'unix'),
});

const chains: [string | undefined, string[], boolean, string, string][] = [
  ['6.6.6.6', [], false, '9.9.9.9', 'who is no proxy is the client, whatever it says'],
  ['6.6.6.6, 1.2.3.4', ['9.9.9.9'], false, '1.2.3.4', 'the proxy appended the last one'],
  ['6.6.6.6, 1.2.3.4, 8.8.8.8', ['9.9.9.9', '8.8.8.8'], false, '1.2.3.4', 'two proxies in a row'],
  ['8.8.8.8', ['9.9.9.9', '8.8.8.8'], false, '8.8.8.8', 'a proxy that asks for itself'],
  ['1.2.3.4, unknown', ['9.9.9.9'], false, '9.9.9.9', 'what is no address is nobody'],
  [undefined, ['9.9.9.9'], false, '9.9.9.9', 'a proxy that says nothing'],
  ['1.2.3.4', ['unix'], true, '1.2.3.4', "over the worker's socket"],
  ['1.2.3.4', ['9.9.9.9'], true, '9.9.9.9', 'over the socket, where that is not trusted'],
];

for (const [value, known, local, expected, why] of chains) {
  test(`proxies by address: ${why}`, () =>
    assert.equal(byNetworks(ranges(...known))(value, '9.9.9.9', local), expected));
}

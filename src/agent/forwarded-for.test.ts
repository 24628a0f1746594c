import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trimmed } from './forwarded-for.ts';

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

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { sha256 } from './sha256.ts';

test('it is what OpenSSL makes of the same text, at each length around the blocks', () => {
  const texts = Array.from({ length: 300 }, (_, length) => 'a'.repeat(length));
  for (const text of [...texts, 'zwölf €, 🌍', '\0', 'long '.repeat(20_000)])
    assert.equal(sha256(text), createHash('sha256').update(text).digest('hex'), `${text.length} characters`);
});

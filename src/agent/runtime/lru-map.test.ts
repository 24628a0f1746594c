import assert from 'node:assert/strict';
import test from 'node:test';
import { LruMap } from './lru-map.ts';

test('it holds no more than it may, and keeps what is asked for', () => {
  const recent = new LruMap<number>(100);
  recent.set('asked for', -1);
  recent.set('forgotten', -2);
  for (let i = 0; i < 1_000; i += 1) {
    recent.set(String(i), i);
    assert.ok(recent.size <= 100);
    if (i % 20 === 0) assert.equal(recent.get('asked for'), -1);
  }
  assert.equal(recent.get('forgotten'), undefined);
  for (let i = 960; i < 1_000; i += 1) assert.equal(recent.get(String(i)), i, 'the newest half is there');
});

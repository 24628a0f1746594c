import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OomKills } from './oom-kills.ts';

test('each kill by the kernel explains one death, for a while', () => {
  let count = 3;
  const kills = new OomKills(() => count);
  assert.equal(kills.explainsOne(), false, 'those of before');
  count = 5;
  assert.deepEqual([kills.explainsOne(), kills.explainsOne(), kills.explainsOne()], [true, true, false]);
  count = 6;
  kills.look();
  assert.equal(kills.explainsOne(), true);
  count = 7;
  kills.look();
  kills.look();
  assert.equal(kills.explainsOne(), false, 'it was somebody else');
});

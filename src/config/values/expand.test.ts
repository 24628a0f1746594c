import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expandEnv } from './expand.ts';

test('each worker gets its own number and sum, and everything else stays', () => {
  const env = {
    A: '{slot}',
    PORT2: '{9464+slot}',
    BOTH: 'w{slot}:{100+slot}',
    JSON: '{"slot":1}',
    ODD: '{ slot }',
  };
  assert.deepEqual(expandEnv(env, 3), {
    A: '3',
    PORT2: '9467',
    BOTH: 'w3:103',
    JSON: '{"slot":1}',
    ODD: '{ slot }',
  });
  assert.equal(env.A, '{slot}');
});

test('{slot-1} counts from 0', () => {
  assert.deepEqual(expandEnv({ A: '{slot-1}', B: '{8000+slot-1}' }, 2), { A: '1', B: '8001' });
});

test('what is literal stays as it is', () => {
  assert.deepEqual(expandEnv({ A: '{slot}', B: '{slot}' }, 2, ['B']), { A: '2', B: '{slot}' });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { traitsOf } from './nginx-version.ts';

test('what an nginx can do follows from what `nginx -v` prints', () => {
  const old = { flavor: 'classic', http2: 'listen' };
  assert.deepEqual(traitsOf('nginx version: nginx/1.22.1\n'), old);
  assert.deepEqual(traitsOf('nginx version: nginx/1.25.0'), old);
  assert.deepEqual(traitsOf('nginx version: nginx/1.26.3'), { flavor: 'classic', http2: 'directive' });
  assert.deepEqual(traitsOf('nginx version: nginx/1.29.5'), { flavor: 'classic', http2: 'directive' });
  for (const version of ['1.29.6', '1.30.0 (Ubuntu)', '2.0.0'])
    assert.deepEqual(traitsOf(`nginx version: nginx/${version}`), { flavor: 'sticky', http2: 'directive' });
  assert.deepEqual(traitsOf('Tengine version: Tengine/3.1.0\nnginx version: nginx/1.24.0'), {
    flavor: 'tengine',
    http2: 'listen',
  });
  assert.equal(traitsOf(''), undefined);
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { bearsHttp2 } from './http2-streams.ts';

test('Nodes that a client of HTTP/2 could end do not speak it', () => {
  const all = [
    '14.21.3',
    '16.20.2',
    '18.20.0',
    '18.20.1',
    '19.9.0',
    '20.12.0',
    '20.12.1',
    '20.20.2',
    '21.7.1',
    '24.0.0',
  ];
  assert.deepEqual(all.filter(bearsHttp2), ['18.20.1', '20.12.1', '20.20.2', '24.0.0']);
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { sharedAddresses } from './shared-addresses.ts';

const at = (host: string, port: number): { host: string; port: number } => ({ host, port });

const where = (...args: Parameters<typeof sharedAddresses>): string[] =>
  sharedAddresses(...args).map((problem) => problem.where);

test('an address is named once, by itself or by one for all addresses', () => {
  const listen = [at('0.0.0.0', 443), at('::', 443)];
  assert.deepEqual(where({ listen, redirect: [at('0.0.0.0', 80), at('::', 80)] }), []);
  assert.deepEqual(where({ listen, redirect: listen }), ['redirect']);
  assert.deepEqual(where({ listen, redirect: [at('127.0.0.1', 443)] }), ['redirect']);
  assert.deepEqual(where({ listen: [at('::', 443)], redirect: [at('127.0.0.1', 443)] }), []);
  assert.deepEqual(where({ listen: [at('127.0.0.1', 0)], redirect: [at('127.0.0.1', 0)] }), []);
  assert.deepEqual(where({ listen: [{ path: '/run/a' }], redirect: [{ path: '/run/a' }] }), ['redirect']);
  const [problem] = sharedAddresses({ listen, redirect: [], agentCheck: [at('127.0.0.1', 443)] });
  assert.match(problem!.what, /127\.0\.0\.1:443 is an address of listen already/);
});

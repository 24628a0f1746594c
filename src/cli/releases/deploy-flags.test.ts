import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deploy } from './deploy.ts';
import { readDeployFlags } from './deploy-flags.ts';
import { parse } from '../verb/parse.ts';

const read = (...argv: string[]) => readDeployFlags({ ...parse(deploy, argv), cwd: '/srv' });

test('paths are those of the folder that the command runs in, the rest has its usual value', () => {
  assert.deepEqual(read('build', '-s', '/etc/shop.json'), {
    app: '/srv/build',
    settings: '/etc/shop.json',
    request: { strategy: 'blue-green', surge: 1, watch: undefined },
  });
});

test('every flag has its kind', () => {
  const { request } = read('build', '--strategy', 'rolling', '--surge=3', '--watch', '2m');
  assert.deepEqual(request, { strategy: 'rolling', surge: 3, watch: 120_000 });
  assert.equal(read('build', '--no-watch').request.watch, 0);
});

test('settings alone can be deployed, nothing cannot', () => {
  assert.equal(read('--settings', 'shop.json').app, undefined);
  assert.throws(() => read(), { code: 'USAGE', message: /nothing to deploy/, remedy: /--settings FILE/ });
});

const misfits: [flag: string, value: string, expected: RegExp][] = [
  ['strategy', 'green', /--strategy: "green" is not `blue-green` or `rolling`/],
  ['surge', '0', /--surge: "0" is not a number from 1 to 256/],
  ['surge', 'all', /--surge: "all" is not a number/],
  ['watch', 'long', /--watch: "long" is not a time/],
  ['watch', '25h', /--watch: "25h" is not a time: .* at most a day/],
];
for (const [flag, value, expected] of misfits) {
  test(`--${flag} ${value} is refused`, () => {
    assert.throws(() => read('build', `--${flag}=${value}`), { code: 'USAGE', message: expected });
  });
}

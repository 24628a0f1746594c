import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RadiantError } from '../../common/errors.ts';
import { parse } from './parse.ts';
import { scale } from '../lifecycle/scale.ts';
import { start } from '../lifecycle/start.ts';
import { status } from '../inspection/status.ts';
import type { Verb } from './verb.ts';

test('flags come in every form, and lists grow', () => {
  const { args, flags } = parse(start, [
    '-p',
    '80',
    '--workers=auto',
    'app',
    '--listen',
    ':1',
    '--listen=:2',
    '-d',
  ]);
  assert.deepEqual(args, ['app']);
  assert.deepEqual(flags, { port: '80', workers: 'auto', listen: [':1', ':2'], detach: true });
});

test('what stands after -- is no flag', () => {
  assert.deepEqual(parse(start, ['--', '--odd']).args, ['--odd']);
});

test('scale takes negative numbers', () => {
  assert.deepEqual(parse(scale, ['-1', '--name', 'shop']), {
    args: ['-1'],
    flags: { name: 'shop' },
    help: false,
  });
  assert.deepEqual(parse(scale, ['+2']).args, ['+2']);
});

test('help ends the reading', () => {
  assert.equal(parse(status, ['--help', '--nonsense']).help, true);
});

const wrong: [verb: Verb, argv: string[], message: RegExp][] = [
  [start, ['--prot', '1'], /there is no flag --prot; did you mean "--port"\?/],
  [start, ['--xyzzy'], /there is no flag --xyzzy$/],
  [start, ['-q'], /there is no flag -q/],
  [start, ['--port'], /--port needs a value: --port PORT/],
  [start, ['--port', '--detach'], /--port needs a value/],
  [start, ['--port='], /--port needs a value/],
  [start, ['--detach=yes'], /--detach takes no value/],
  [start, ['a', 'b'], /there is no place for "b"/],
  [scale, [], /N\|\+N\|-N is missing/],
];
for (const [verb, argv, message] of wrong) {
  test(`refused: ${verb.name} ${argv.join(' ')}`, () => {
    assert.throws(
      () => parse(verb, argv),
      (error) => error instanceof RadiantError && error.code === 'USAGE' && message.test(error.message),
    );
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JsonError, parseJson } from './json.ts';

const cases: [string, number, number][] = [
  ['{"a": 1,}', 1, 9],
  ['{\n  "a": 1\n  "b": 2\n}', 3, 3],
  ['{"a": [1, 2', 1, 12],
  ['{a: 1}', 1, 2],
  ['', 1, 1],
  ['{} x', 1, 4],
  ['{"a":\n tru}', 2, 2],
  ['["bad \\x escape"]', 1, 2],
  ['// comment\n{}', 1, 1],
];

for (const [text, line, column] of cases) {
  test(`${JSON.stringify(text)} breaks at ${line}:${column}`, () => {
    assert.throws(
      () => parseJson(text),
      (error) => {
        assert.ok(error instanceof JsonError);
        assert.deepEqual([error.line, error.column], [line, column]);
        return true;
      },
    );
  });
}

test('valid JSON is parsed', () => {
  assert.deepEqual(parseJson(' {"a": [1, -2.5e3, "\\u00e9", null, true, {}, []]} '), {
    a: [1, -2500, 'é', null, true, {}, []],
  });
});

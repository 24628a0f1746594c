import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerLength } from './answer.ts';

const withLength = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n';

for (const [kind, answer] of Object.entries({ withLength, chunked })) {
  test(`the length of an answer (${kind}), and what follows it is not its own`, () => {
    assert.equal(answerLength(`${answer}HTTP/1.1 200 OK`), answer.length);
  });

  test(`no prefix of an answer (${kind}) is complete`, () => {
    for (let i = 0; i < answer.length; i += 1) assert.equal(answerLength(answer.slice(0, i)), 0);
  });
}

test('an answer that is no success ends the run', () => {
  assert.throws(() => answerLength('HTTP/1.1 503 Service Unavailable\r\n\r\n'), /503 Service Unavailable/);
});

import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import test from 'node:test';
import { mockTimeouts } from '../../../test/support/mock-clock.ts';
import { closeFrame, LongPolls } from './long-polls.ts';

const session = '/sockjs/123/abcdefgh';
const appsClose = 'c[1000,"Normal closure"]\n';

class Answer extends EventEmitter {
  writableEnded = false;
  body: string | undefined;
  fields: Record<string, string> = {};
  writeHead(_status: number, fields: Record<string, string>): void {
    this.fields = fields;
  }
  write(_chunk: string): void {}
  end(body?: string): void {
    this.body = body;
    this.writableEnded = true;
  }
}

function setUp(t: test.TestContext) {
  const pass = mockTimeouts(t);
  const forgotten: string[] = [];
  const polls = new LongPolls((each) => forgotten.push(each));
  const poll = (url = `${session}/xhr`, headers = {}): { response: Answer; answered: boolean } => {
    const response = new Answer();
    const request = { url, method: 'POST', headers, resume: () => {} } as unknown as IncomingMessage;
    return { response, answered: polls.met(session, request, response as unknown as ServerResponse) };
  };
  return { polls, poll, forgotten, pass };
}

test('the closes of the transports', () => {
  assert.equal(closeFrame('POST', `${session}/xhr`)?.body, 'c[1012,"Service restart"]\n');
  assert.equal(closeFrame('POST', `${session}/xhr_streaming?t=1`)?.body, 'c[1012,"Service restart"]\n');
  assert.equal(closeFrame('POST', `${session}/xhr_send`), undefined);
  assert.equal(closeFrame('GET', '/socket.io/?EIO=4&transport=polling&sid=x')?.body, '1');
  assert.equal(closeFrame('GET', '/engine.io/?EIO=3&transport=polling&sid=x')?.body, '1:1');
  assert.equal(closeFrame('POST', '/socket.io/?EIO=4&transport=polling&sid=x'), undefined);
});

test('a poll that waits brings the news; the session is forgotten a little later', (t) => {
  const { polls, poll, forgotten, pass } = setUp(t);
  const { response } = poll();
  polls.leave(session, false);
  pass(20_000);
  assert.deepEqual([polls.leaving, polls.waiting], [1, 1]);
  response.write(appsClose);
  response.end();
  response.emit('close');
  assert.deepEqual(forgotten, []);
  pass(500);
  assert.deepEqual(forgotten, [session]);
  assert.equal(polls.leaving, 0);
});

test('a poll that was answered before brings none: the next one is awaited, for 5 s', (t) => {
  const { polls, poll, forgotten, pass } = setUp(t);
  const { response } = poll();
  response.end();
  polls.leave(session, false);
  response.emit('close');
  pass(4_000);
  const next = poll().response;
  pass(60_000);
  assert.deepEqual(forgotten, []);
  next.write(appsClose);
  next.end();
  next.emit('close');
  pass(500);
  assert.deepEqual(forgotten, [session]);
});

test('a poll that takes messages along brings none either: SockJS ends it after them', (t) => {
  const { polls, poll, forgotten, pass } = setUp(t);
  polls.leave(session, false);
  const { response } = poll();
  response.write('a["c[1000]"]\n');
  response.end();
  response.emit('close');
  pass(4_000);
  assert.deepEqual(forgotten, []);
  const next = poll().response;
  next.write(appsClose);
  next.emit('close');
  pass(500);
  assert.deepEqual(forgotten, [session]);
});

for (const [transport, frame] of [
  ['xhr_streaming', appsClose],
  ['eventsource', 'data: c[1000,"Normal closure"]\r\n\r\n'],
  ['htmlfile', '<script>\np("c[1000,\\"Normal closure\\"]");\n</script>\r\n'],
  ['jsonp', '/**/_jp.a1b2("c[1000,\\"Normal closure\\"]");\r\n'],
] as const) {
  test(`the app's own close is heard in ${transport}`, (t) => {
    const { polls, poll, forgotten, pass } = setUp(t);
    const { response } = poll(`${session}/${transport}`);
    polls.leave(session, false);
    response.write(frame);
    response.emit('close');
    pass(500);
    assert.deepEqual(forgotten, [session]);
  });
}

test('a client that does not come back is given up; one that does is answered here', (t) => {
  const { polls, poll, forgotten, pass } = setUp(t);
  polls.leave(session, true);
  assert.equal(poll(`${session}/xhr_send`).answered, false);
  const { response, answered } = poll();
  assert.ok(answered);
  assert.equal(response.body, 'c[1012,"Service restart"]\n');
  response.emit('close');
  pass(500);
  polls.leave('/other', true);
  pass(5_000);
  assert.deepEqual(forgotten, [session, '/other']);
});

test('an origin is repeated if an answer may hold it', (t) => {
  const { polls, poll } = setUp(t);
  polls.leave(session, true);
  for (const [origin, expected] of [
    ['https://shop.test', 'https://shop.test'],
    ['https://shop\x01.test', '*'],
  ] as const) {
    const { response } = poll(undefined, { origin });
    assert.equal(response.fields['Access-Control-Allow-Origin'], expected);
  }
});

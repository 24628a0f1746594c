import assert from 'node:assert/strict';
import test from 'node:test';
import { parseProxyHeader } from './proxy-header.ts';

const text = (line: string): unknown => parseProxyHeader(Buffer.from(line, 'latin1'));

const binary = (command: number, family: number, rest: number[]): Buffer =>
  Buffer.concat([
    Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1'),
    Buffer.from([command, family, rest.length >> 8, rest.length & 255, ...rest]),
  ]);

const four = [192, 0, 2, 7, 198, 51, 100, 1, 0x1f, 0x90, 0x01, 0xbb];
const client = {
  remoteAddress: '192.0.2.7',
  remoteFamily: 'IPv4',
  localAddress: '198.51.100.1',
  remotePort: 8080,
  localPort: 443,
};

test('version 1: a line of text', () => {
  const line = 'PROXY TCP4 192.0.2.7 198.51.100.1 8080 443\r\n';
  assert.deepEqual(text(`${line}GET / HTTP/1.1\r\n`), { length: line.length, addresses: client });
  const six = text('PROXY TCP6 2001:db8::1 ::1 5 6\r\n') as { addresses: { remoteAddress: string } };
  assert.equal(six.addresses.remoteAddress, '2001:db8::1');
  assert.deepEqual(text('PROXY UNKNOWN\r\n'), { length: 15, addresses: undefined });
});

test('version 2: bytes, with extensions that are passed over', () => {
  assert.deepEqual(parseProxyHeader(binary(0x21, 0x11, four)), { length: 28, addresses: client });
  assert.deepEqual(parseProxyHeader(binary(0x21, 0x11, [...four, 4, 0, 1, 9])), {
    length: 32,
    addresses: client,
  });
  const six = [0x20, 1, 0xd, 0xb8, ...Array<number>(11).fill(0), 1];
  const header = parseProxyHeader(binary(0x21, 0x21, [...six, ...six, 0, 1, 0, 2])) as {
    addresses: { remoteAddress: string };
  };
  assert.equal(header.addresses.remoteAddress, '2001:db8::1');
});

test('a balancer that speaks for itself keeps its own address', () => {
  assert.deepEqual(parseProxyHeader(binary(0x20, 0x00, [])), { length: 16, addresses: undefined });
  assert.deepEqual(parseProxyHeader(binary(0x21, 0x31, Array<number>(216).fill(1))), {
    length: 232,
    addresses: undefined,
  });
});

test('every beginning of a header waits for more', () => {
  const line = Buffer.from('PROXY TCP4 192.0.2.7 198.51.100.1 8080 443\r\n');
  const bytes = binary(0x21, 0x11, four);
  for (const whole of [line, bytes]) {
    for (let length = 0; length < whole.length; length += 1) {
      assert.equal(parseProxyHeader(whole.subarray(0, length)), 'partial', `${length} bytes`);
    }
  }
});

test('anything else is refused', () => {
  const lines = [
    'GET / HTTP/1.1\r\n',
    'PROXY TCP4 192.0.2.7\r\n',
    'PROXY TCP5 1.1.1.1 2.2.2.2 1 2\r\n',
    `PROXY TCP4 ${'1'.repeat(120)}`,
    'PROXYTCP4',
  ];
  for (const line of lines) assert.equal(text(line), 'invalid', line);
  assert.equal(parseProxyHeader(binary(0x11, 0x11, four)), 'invalid');
  assert.equal(parseProxyHeader(binary(0x22, 0x11, four)), 'invalid');
  assert.equal(parseProxyHeader(binary(0x21, 0x11, four.slice(1))), 'invalid');
});

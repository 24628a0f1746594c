import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type net from 'node:net';
import test from 'node:test';
import { OpenConnections } from './open-connections.ts';

class Socket extends EventEmitter {
  destroyed = false;
  readonly remoteAddress: string;

  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

const of = (address: string): net.Socket & Socket => new Socket(address) as never;

function counted(limit: number) {
  let refused = 0;
  const connections = new OpenConnections(
    limit,
    (address) => address === '10.0.0.1',
    () => (refused += 1),
  );
  const open = (count: number, address = '1.1.1.1') =>
    Array.from({ length: count }, () => of(address)).filter((socket) => connections.admits(socket));
  return { connections, open, refused: () => refused };
}

test('no more than the limit are open at a time', () => {
  const { open, refused } = counted(3);
  const first = open(5);
  assert.equal(first.length, 3);
  assert.equal(refused(), 2);
  first[0]!.destroy();
  assert.equal(open(2).length, 1);
  assert.equal(open(5, '2.2.2.2').length, 3, 'another address has its own');
  assert.equal(open(2, '2001:db8::1').length + open(2, '2001:db8::2').length, 3, 'a /64 is one');
  assert.equal(open(50, '10.0.0.1').length, 50, 'a proxy has none');
  for (const socket of first) socket.destroy();
});

test('nothing is left of addresses that have none open, however many there were', () => {
  const { connections } = counted(3);
  for (let i = 0; i < 100_000; i += 1) {
    const socket = of(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
    connections.admits(socket);
    socket.destroy();
  }
  assert.equal(connections.size, 0);
});

test('a connection that was admitted elsewhere counts, but is not refused', () => {
  const { connections, open } = counted(2);
  for (let i = 0; i < 3; i += 1) connections.took(of('1.1.1.1'));
  assert.equal(connections.size, 3);
  assert.equal(open(1).length, 0);
});

test('a smaller share closes the newest ones, and holds until it is taken back', () => {
  const { connections, open, refused } = counted(10);
  const sockets = open(10);
  open(1);
  assert.deepEqual(connections.busy(2), [{ address: '1.1.1.1', count: 10 }]);
  connections.divide([{ address: '1.1.1.1', count: 3.5 }]);
  assert.deepEqual(
    sockets.map(({ destroyed }) => destroyed),
    sockets.map((_, i) => i >= 4),
  );
  assert.equal(refused(), 7);
  assert.equal(open(1).length, 0);
  connections.divide([]);
  assert.equal(open(10).length, 6);
});

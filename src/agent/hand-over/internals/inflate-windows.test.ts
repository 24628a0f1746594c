import assert from 'node:assert/strict';
import test from 'node:test';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { Random, seedOfRun } from '../../../../test/support/random.ts';
import { InflateWindows } from './inflate-windows.ts';
import type { FayeWebSocket } from './websocket.ts';

interface Incoming {
  rsv1: boolean;
  data: Buffer;
}
type Processed = (this: unknown, error: unknown, message: Incoming) => void;

/** What ends a message that was deflated by itself (RFC 7692, 7.2.1). */
const tail = Buffer.from([0x00, 0x00, 0xff, 0xff]);

async function through(stream: zlib.DeflateRaw | zlib.InflateRaw, bytes: Buffer): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const take = (piece: Buffer): void => void pieces.push(piece);
  stream.on('data', take).write(bytes);
  await promisify((flag: number, done: () => void) => stream.flush(flag, done))(zlib.constants.Z_SYNC_FLUSH);
  stream.off('data', take);
  return Buffer.concat(pieces);
}

/** A client that compresses, and a WebSocket whose extensions inflate as the real ones do. */
function connection(bits: number, takeover = true) {
  const deflate = zlib.createDeflateRaw({ windowBits: bits });
  const inflate = zlib.createInflateRaw({ windowBits: bits });
  const deflation = {
    _peerContextTakeover: takeover,
    _ownContextTakeover: true,
    _peerWindowBits: bits,
    _ownWindowBits: 15,
  };
  const extensions = {
    _sessions: [[{ name: 'permessage-deflate' }, deflation]],
    processIncomingMessage(message: Incoming, callback: Processed, context: unknown) {
      if (!message.rsv1) return callback.call(context, null, message);
      void through(inflate, Buffer.concat([message.data, tail])).then((data) =>
        callback.call(context, null, { ...message, data }),
      );
    },
  };
  const ws = { _driver: { _extensions: extensions } } as unknown as FayeWebSocket;
  return {
    ws,
    /** A message of the client, as it comes. */
    compressed: async (text: string): Promise<Buffer> => {
      const bytes = await through(deflate, Buffer.from(text));
      return bytes.subarray(0, -tail.length);
    },
    receive: (data: Buffer, rsv1 = true): Promise<string> =>
      new Promise((resolve) => {
        const heard: Processed = (_error, message) => resolve(message.data.toString());
        extensions.processIncomingMessage({ rsv1, data }, heard, undefined);
      }),
    /** The same by another process, which has nothing but the window. */
    elsewhere: async (data: Buffer, window: Buffer): Promise<string> => {
      const dictionary = window.length === 0 ? {} : { dictionary: window };
      const other = zlib.createInflateRaw({ windowBits: bits, ...dictionary });
      return (await through(other, Buffer.concat([data, tail]))).toString();
    },
  };
}

for (const bits of [9, 11, 15]) {
  test(`whoever has the window goes on inflating, with ${bits} bits`, async (t) => {
    const seed = seedOfRun();
    t.diagnostic(`RADIANT_SEED=${seed}`);
    const random = new Random(`${seed}-${bits}`);
    const windows = new InflateWindows();
    const { ws, compressed, receive, elsewhere } = connection(bits);
    windows.watch(ws);
    for (let i = 0; i < 200; i += 1) {
      // Much of it is a repetition, some of it is longer than the window, some is not compressed.
      const text = random.pick(['{"msg":"method","params":[', 'x'.repeat(random.int(0, 3000)), '']);
      const message = `${text}${random.text('abcdef', 0, random.percent(5) ? 40_000 : 60)}`;
      if (random.percent(20)) {
        // oxlint-disable-next-line no-await-in-loop -- one message after the other
        assert.equal(await receive(Buffer.from(message), false), message);
        continue;
      }
      // oxlint-disable no-await-in-loop
      const data = await compressed(message);
      const window = windows.of(ws)!;
      assert.ok(window.length <= 1 << bits);
      assert.equal(await elsewhere(data, window), message, `message ${i}`);
      assert.equal(await receive(data), message);
      // oxlint-enable no-await-in-loop
    }
  });
}

test('where each message is compressed by itself nothing is kept, and what was not watched is not known', async () => {
  const windows = new InflateWindows();
  const { ws, receive } = connection(15, false);
  assert.equal(windows.of(ws), undefined);
  windows.watch(ws);
  await receive(Buffer.from('text'), false);
  windows.goOn(ws, Buffer.from('of another worker'));
  assert.equal(windows.of(ws)!.length, 0);
});

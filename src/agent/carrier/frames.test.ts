import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random, seedOfRun } from '../../../test/support/random.ts';
import { FrameReader, FrameWriter } from './frames.ts';
import { creditBytes, type StreamEnd } from './stream.ts';

/** Writes down what it is told; data that came in parts is one. */
function recorder(): { end: StreamEnd; told: unknown[][] } {
  const told: unknown[][] = [];
  const tell =
    (name: string) =>
    (...args: unknown[]): void =>
      void told.push([name, ...args]);
  const end: StreamEnd = {
    data: (bytes) => {
      const before = told.at(-1);
      if (before?.[0] === 'data') before[1] = `${String(before[1])}${bytes.toString('latin1')}`;
      else told.push(['data', bytes.toString('latin1')]);
    },
    last: tell('last'),
    began: tell('began'),
    answered: tell('answered'),
    credit: tell('credit'),
    end: tell('end'),
    abort: tell('abort'),
    gone: tell('gone'),
  };
  return { end, told };
}

function written(say: (writer: FrameWriter) => void): { bytes: Buffer; closes: number; writes: number } {
  const chunks: Buffer[] = [];
  let closes = 0;
  const writer = new FrameWriter({
    write: (bytes) => void chunks.push(bytes),
    cork: () => {},
    uncork: () => {},
    close: () => void (closes += 1),
  });
  say(writer);
  writer.flush();
  return { bytes: Buffer.concat(chunks), closes, writes: chunks.length };
}

test('what one end says the other hears, however the bytes are cut', (t) => {
  const seed = seedOfRun();
  t.diagnostic(`RADIANT_SEED=${seed}`);
  const random = new Random(seed);
  for (let round = 0; round < 300; round += 1) {
    const direct = recorder();
    const say = (end: StreamEnd): void => {
      for (let i = random.int(0, 11); i >= 0; i -= 1) {
        const words: (() => void)[] = [
          () => end.data(Buffer.alloc(random.int(1, 40_000), random.int(65, 84))),
          () => end.last(),
          () => end.began(),
          () => end.answered(random.int(100, 999), random.percent(50)),
          () => end.credit(creditBytes + random.int(0, 1_000_000)),
          () => end.end(),
        ];
        random.pick(words)();
      }
    };
    const { bytes } = written((writer) => {
      // Both are told the same.
      const both = Object.fromEntries(
        Object.keys(direct.end).map((name) => [
          name,
          (...args: never[]) => {
            for (const end of [direct.end, writer]) Reflect.apply(end[name as keyof StreamEnd], end, args);
          },
        ]),
      ) as unknown as StreamEnd;
      say(both);
    });
    const heard = recorder();
    const reader = new FrameReader(heard.end);
    for (let at = 0; at < bytes.length;) {
      const length = random.int(1, random.percent(50) ? 7 : 70_000);
      reader.read(bytes.subarray(at, at + length));
      at += length;
    }
    assert.deepEqual(heard.told, direct.told, `round ${round}`);
  }
});

test('that a request began is written at once, the rest of a turn together', async () => {
  const chunks: Buffer[] = [];
  const writer = new FrameWriter({
    write: (bytes) => void chunks.push(bytes),
    cork: () => {},
    uncork: () => {},
    close: () => {},
  });
  writer.began();
  assert.equal(chunks.length, 1);
  writer.data(Buffer.from('a'));
  process.nextTick(() => process.nextTick(() => writer.answered(200, false)));
  await new Promise(setImmediate);
  assert.equal(chunks.length, 2);
});

test('credit is told in portions, and what was said before a farewell is still written', () => {
  const small = written((writer) => writer.credit(creditBytes - 1));
  assert.equal(small.bytes.length, 0);
  const { bytes, closes } = written((writer) => {
    writer.data(Buffer.from('all of it'));
    writer.abort();
    writer.data(Buffer.from('nothing more'));
    writer.gone();
  });
  const heard = recorder();
  new FrameReader(heard.end).read(bytes);
  assert.deepEqual(heard.told, [['data', 'all of it'], ['abort']]);
  assert.equal(closes, 1);
});

test('frames behind one whose listener throws are read all the same', async () => {
  const heard = recorder();
  const { data } = heard.end;
  heard.end.data = (bytes) => {
    data(bytes);
    if (bytes.toString() === 'boom') throw new Error('of the app');
  };
  const ended = new Promise<void>((resolve) => (heard.end.end = resolve));
  const { bytes } = written((writer) => {
    writer.data(Buffer.from('boom'));
    writer.answered(200, false);
    writer.end();
  });
  assert.throws(() => new FrameReader(heard.end).read(bytes), /of the app/);
  await ended;
  assert.deepEqual(heard.told, [
    ['data', 'boom'],
    ['answered', 200, false],
  ]);
});

test('what is no frame ends the stream', () => {
  const heard = recorder();
  new FrameReader(heard.end).read(Buffer.from('GET / HTTP/1.1\r\n'));
  assert.deepEqual(heard.told[0], ['gone']);
});

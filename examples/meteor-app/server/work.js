'use strict';
const { Readable } = require('stream');

const blockSize = 64 * 1024;

/** Keeps the event loop busy for `ms` milliseconds. */
function busyLoop(ms) {
  const end = process.hrtime.bigint() + BigInt(Math.round(ms * 1e6));
  while (process.hrtime.bigint() < end);
}

/** A loop whose end was forgotten. */
function countForever() {
  let count = 0;
  for (;;) {
    count = (count + 1) % 1000;
  }
}

/** The nested quantifier takes twice as long for each further `a` of a text that does not fit: for 60, years. */
function isName(text) {
  return /^(?:a+)+$/.test(text);
}

/** A stream of `n` bytes that look random and are the same each time (xorshift with a fixed seed). */
function randomBytes(n) {
  let state = 0x9e3779b9;
  let left = n;
  return new Readable({
    read() {
      if (left === 0) {
        this.push(null);
        return;
      }
      const block = Buffer.allocUnsafe(blockSize);
      for (let offset = 0; offset < blockSize; offset += 4) {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        block.writeInt32LE(state | 0, offset);
      }
      const size = Math.min(left, blockSize);
      left -= size;
      this.push(block.subarray(0, size));
    },
  });
}

module.exports = { busyLoop, countForever, isName, randomBytes };

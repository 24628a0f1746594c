'use strict';
const fs = require('fs');
const { EJSON } = require('../ddp/ejson.js');

const pollEvery = 100;

/**
 * A file of JSON lines, one a write, that all workers append to and read: each comes to the same data. It stands for
 * the database and its log. Without a path the writes stay in this process.
 */
class Journal {
  #path;
  #apply;
  #length = 0;

  /** `apply(entries)` gets every write, this process's own too, in the one order that all see. */
  constructor(path, apply) {
    this.#path = path;
    this.#apply = apply;
    if (!path) return;
    fs.appendFileSync(path, '');
    this.read();
    setInterval(() => this.read(), pollEvery).unref();
  }

  /** Returns when the write has been applied here. */
  append(entry) {
    if (!this.#path) {
      this.#apply([EJSON.clone(entry)]);
      return;
    }
    fs.appendFileSync(this.#path, `${EJSON.stringify(entry)}\n`);
    this.read();
  }

  /** Applies what others have written since. */
  read() {
    if (!this.#path) return;
    const file = fs.openSync(this.#path, 'r');
    let text;
    try {
      const size = fs.fstatSync(file).size - this.#length;
      if (size <= 0) return;
      const bytes = Buffer.alloc(size);
      text = bytes.toString('utf8', 0, fs.readSync(file, bytes, 0, size, this.#length));
    } finally {
      fs.closeSync(file);
    }
    // Another worker may be in the middle of a line.
    const lines = text.slice(0, text.lastIndexOf('\n') + 1);
    this.#length += Buffer.byteLength(lines);
    if (lines) this.#apply(lines.trimEnd().split('\n').map(EJSON.parse));
  }
}

module.exports = { Journal };

'use strict';

/** The messages of a session that wait for their turn. */
class DoubleEndedQueue {
  #items = [];

  get length() {
    return this.#items.length;
  }

  isEmpty() {
    return this.length === 0;
  }

  push(item) {
    return this.#items.push(item);
  }

  unshift(item) {
    return this.#items.unshift(item);
  }

  shift() {
    return this.#items.shift();
  }

  pop() {
    return this.#items.pop();
  }

  toArray() {
    return this.#items.slice();
  }
}

module.exports = { DoubleEndedQueue };

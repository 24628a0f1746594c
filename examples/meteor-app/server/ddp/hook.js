'use strict';
const { bindEnvironment } = require('./environment.js');

/** A list of callbacks; `name` is what the log calls them when one throws. Without a name, throwing is the caller's matter. */
class Hook {
  constructor({ debugPrintExceptions } = {}) {
    this.nextCallbackId = 0;
    this.callbacks = Object.create(null);
    this.exceptionHandler = debugPrintExceptions;
  }

  register(callback) {
    const id = this.nextCallbackId++;
    this.callbacks[id] = this.exceptionHandler ? bindEnvironment(callback, this.exceptionHandler) : callback;
    return { callback: this.callbacks[id], stop: () => delete this.callbacks[id] };
  }

  /** Calls `iterator(callback)` for each until one answer is falsy. */
  forEach(iterator) {
    for (const id of Object.keys(this.callbacks)) {
      if (id in this.callbacks && !iterator(this.callbacks[id])) break;
    }
  }

  each(iterator) {
    this.forEach(iterator);
  }

  async forEachAsync(iterator) {
    for (const id of Object.keys(this.callbacks)) {
      if (id in this.callbacks && !(await iterator(this.callbacks[id]))) break;
    }
  }
}

module.exports = { Hook };

'use strict';
const { Collection } = require('./collection.js');
const { Journal } = require('./journal.js');
const { getCurrentFence } = require('../ddp/write-fence.js');

/** The app's collections by name, the same in all workers that have the same `path`. */
class Database {
  #collections = new Map();
  #journal;

  constructor(path) {
    this.#journal = new Journal(path, (entries) => this.#apply(entries));
  }

  collection(name) {
    let collection = this.#collections.get(name);
    if (!collection) {
      collection = new Collection(name, {
        write: (change) => this.#write({ collection: name, ...change }),
        refresh: () => this.#journal.read(),
      });
      this.#collections.set(name, collection);
    }
    return collection;
  }

  // A method's `updated` waits until the subscriptions of this process have heard of the write.
  #write(entry) {
    const fence = getCurrentFence();
    const write = fence && fence.beginWrite();
    this.#journal.append(entry);
    if (write) void write.committed();
  }

  #apply(entries) {
    const changed = new Set();
    for (const { collection: name, ...change } of entries) {
      const collection = this.collection(name);
      collection.apply(change);
      changed.add(collection);
    }
    for (const collection of changed) collection.tellObservers();
  }
}

module.exports = { Database };

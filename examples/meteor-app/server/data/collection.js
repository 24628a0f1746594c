'use strict';
const { EJSON } = require('../ddp/ejson.js');
const { Random } = require('../ddp/random.js');
const { Cursor } = require('./cursor.js');
const { modify } = require('./modifiers.js');

/**
 * Documents by id, with the part of Mongo's interface that the app uses. `write(change)` brings a change to all workers,
 * `refresh()` brings what they have written.
 */
class Collection {
  #documents = new Map();
  #observers = new Set();

  constructor(name, { write, refresh }) {
    this._name = name;
    this.write = write;
    this.refresh = refresh;
  }

  /** `options.fields`: the fields that the cursor gives, `{ name: 1 }`. */
  find(selector = {}, options = {}) {
    const full = typeof selector === 'string' ? { _id: selector } : selector;
    return new Cursor(this, full, options.fields);
  }

  async findOneAsync(selector, options) {
    return this.find(selector, options).fetch()[0];
  }

  async insertAsync(document) {
    const id = document._id || Random.id();
    this.write({ id, insert: { ...document, _id: id } });
    return id;
  }

  async updateAsync(id, modifier) {
    this.write({ id, modify: modifier });
  }

  async removeAsync(id) {
    this.write({ id, remove: true });
  }

  /** A write as it comes back from the journal; one to a document that is gone meanwhile does nothing. */
  apply({ id, insert, modify: modifier, remove }) {
    if (insert) {
      if (!this.#documents.has(id)) this.#documents.set(id, insert);
    } else if (remove) this.#documents.delete(id);
    else if (this.#documents.has(id)) {
      const document = EJSON.clone(this.#documents.get(id));
      modify(document, modifier);
      this.#documents.set(id, document);
    }
  }

  documents() {
    return this.#documents.values();
  }

  /** Calls `observer()` after changes; returns what ends that. */
  observe(observer) {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  tellObservers() {
    for (const observer of this.#observers) observer();
  }
}

module.exports = { Collection };

'use strict';
const { DiffSequence } = require('../ddp/diff-sequence.js');
const { EJSON } = require('../ddp/ejson.js');
const { matches, project } = require('./selectors.js');

/** What a `find` gives: publications return it, and the server publishes it with all that changes later. */
class Cursor {
  constructor(collection, selector, fields) {
    this.collection = collection;
    this.selector = selector;
    this.fields = fields;
  }

  /** The documents as they are now; an observer may hear of a change a little later. */
  fetch() {
    this.collection.refresh();
    return [...this.#results().values()];
  }

  #results() {
    const results = new Map();
    for (const document of this.collection.documents()) {
      if (matches(document, this.selector)) {
        results.set(document._id, EJSON.clone(project(document, this.fields)));
      }
    }
    return results;
  }

  /** Tells the documents that are there (`added`), then what changes, until `stop()` of what it resolves to. */
  async observeChanges({ added, changed, removed }) {
    this.collection.refresh();
    let before = new Map();
    const tell = () => {
      const now = this.#results();
      const was = before;
      before = now;
      DiffSequence.diffMaps(was, now, {
        leftOnly: (id) => removed && removed(id),
        both(id, old, document) {
          const fields = DiffSequence.makeChangedFields(document, old);
          if (changed && Object.keys(fields).length > 0) changed(id, fields);
        },
        rightOnly(id, { _id, ...fields }) {
          if (added) added(_id, fields);
        },
      });
    };
    tell();
    return { stop: this.collection.observe(tell) };
  }

  _getCollectionName() {
    return this.collection._name;
  }

  _publishCursor(subscription) {
    return publishAs(this._getCollectionName(), this, subscription);
  }
}

/** Publishes a cursor's documents under the name of a collection. */
async function publishAs(name, cursor, subscription) {
  const { stop } = await cursor.observeChanges({
    added: (id, fields) => subscription.added(name, id, fields),
    changed: (id, fields) => subscription.changed(name, id, fields),
    removed: (id) => subscription.removed(name, id),
  });
  subscription.onStop(stop);
}

module.exports = { Cursor, publishAs };

'use strict';
const { DiffSequence } = require('./diff-sequence.js');
const { SessionDocumentView } = require('./document-view.js');

/**
 * The documents of one collection as a session's client has them. `callbacks` (added, changed, removed) get what the
 * client must hear; `createDocumentView` is asked at each new document, since a collection's strategy may change.
 */
class SessionCollectionView {
  constructor(collectionName, callbacks, createDocumentView = () => new SessionDocumentView()) {
    this.collectionName = collectionName;
    this.documents = new Map();
    this.callbacks = callbacks;
    this.createDocumentView = createDocumentView;
  }

  isEmpty() {
    return this.documents.size === 0;
  }

  /** Says all that is new since `previous`, another view of the same collection. */
  diff(previous) {
    const { collectionName, callbacks } = this;
    DiffSequence.diffMaps(previous.documents, this.documents, {
      both: (id, before, now) => this.diffDocument(id, before, now),
      rightOnly: (id, now) => callbacks.added(collectionName, id, now.getFields()),
      leftOnly: (id) => callbacks.removed(collectionName, id),
    });
  }

  diffDocument(id, before, now) {
    const fields = DiffSequence.makeChangedFields(now.getFields(), before.getFields());
    this.callbacks.changed(this.collectionName, id, fields);
  }

  added(subscriptionHandle, id, fields) {
    const known = this.documents.get(id);
    const view = known || this.createDocumentView();
    if (!known) this.documents.set(id, view);
    view.existsIn.add(subscriptionHandle);
    const changes = {};
    for (const [key, value] of Object.entries(fields)) {
      view.changeField(subscriptionHandle, key, value, changes, true);
    }
    this.callbacks[known ? 'changed' : 'added'](this.collectionName, id, changes);
  }

  changed(subscriptionHandle, id, changed) {
    const view = this.documents.get(id);
    if (!view) throw new Error(`Could not find element with id ${id} to change`);
    const changes = {};
    for (const [key, value] of Object.entries(changed)) {
      if (value === undefined) view.clearField(subscriptionHandle, key, changes);
      else view.changeField(subscriptionHandle, key, value, changes);
    }
    this.callbacks.changed(this.collectionName, id, changes);
  }

  removed(subscriptionHandle, id) {
    const view = this.documents.get(id);
    if (!view) throw new Error(`Removed nonexistent document ${id}`);
    view.existsIn.delete(subscriptionHandle);
    if (view.existsIn.size === 0) {
      this.callbacks.removed(this.collectionName, id);
      this.documents.delete(id);
      return;
    }
    const changes = {};
    for (const key of view.dataByKey.keys()) view.clearField(subscriptionHandle, key, changes);
    this.callbacks.changed(this.collectionName, id, changes);
  }
}

module.exports = { SessionCollectionView };

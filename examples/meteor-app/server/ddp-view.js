'use strict';

/**
 * What one client holds of each collection. Two subscriptions may publish the same document: it is added once
 * and removed when the last of them stops.
 */
class CollectionView {
  constructor(send) {
    this.send = send;
    this.collections = new Map();
  }

  documents(collection) {
    let documents = this.collections.get(collection);
    if (!documents) {
      documents = new Map();
      this.collections.set(collection, documents);
    }
    return documents;
  }

  added(owner, collection, id, fields) {
    const documents = this.documents(collection);
    const known = documents.get(id);
    if (known) {
      known.add(owner);
      this.send({ msg: 'changed', collection, id, fields });
    } else {
      documents.set(id, new Set([owner]));
      this.send({ msg: 'added', collection, id, fields });
    }
  }

  changed(collection, id, fields) {
    if (this.documents(collection).has(id)) this.send({ msg: 'changed', collection, id, fields });
  }

  removed(owner, collection, id) {
    const documents = this.documents(collection);
    const owners = documents.get(id);
    if (!owners || !owners.delete(owner) || owners.size > 0) return;
    documents.delete(id);
    this.send({ msg: 'removed', collection, id });
  }

  removeAll(owner) {
    for (const [collection, documents] of this.collections) {
      for (const id of documents.keys()) this.removed(owner, collection, id);
    }
  }
}

module.exports = { CollectionView };

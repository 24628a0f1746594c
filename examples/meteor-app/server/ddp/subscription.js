'use strict';
const { EJSON } = require('./ejson.js');
const { MongoID } = require('./mongo-id.js');
const { Random } = require('./random.js');
const { DDP } = require('./invocations.js');
const { bindEnvironment, isPromise } = require('./environment.js');

const { idStringify, idParse } = MongoID;
const isCursor = (value) => value && value._publishCursor;

/** `this` of a publication function. Without an id it is a universal one: each session has it from the start. */
class Subscription {
  constructor(session, handler, subscriptionId, params, name) {
    this._session = session;
    this.connection = session.connectionHandle;
    this._handler = handler;
    this._subscriptionId = subscriptionId;
    this._name = name;
    this._params = params || [];
    this._subscriptionHandle = subscriptionId ? `N${subscriptionId}` : `U${Random.id()}`;
    this._deactivated = false;
    this._stopCallbacks = [];
    // collection -> the ids that this subscription has published
    this._documents = new Map();
    this._ready = false;
    this.userId = session.userId;
    this._idFilter = { idStringify, idParse };
  }

  async _runHandler() {
    if (!this.unblock) this.unblock = () => {};
    let result;
    try {
      result = DDP._CurrentPublicationInvocation.withValue(this, () =>
        this._handler.apply(this, EJSON.clone(this._params)),
      );
    } catch (error) {
      this.error(error);
      return;
    }
    if (this._isDeactivated()) return;
    if (!isPromise(result)) {
      await this._publishHandlerResult(result);
      return;
    }
    try {
      await this._publishHandlerResult(await result);
    } catch (error) {
      this.error(error);
    }
  }

  async _publishHandlerResult(result) {
    if (!result) return;
    const cursors = Array.isArray(result) ? result : [result];
    const problem = cursorsProblem(result);
    if (problem) {
      this.error(new Error(problem));
      return;
    }
    try {
      await (Array.isArray(result)
        ? Promise.all(cursors.map((cursor) => cursor._publishCursor(this)))
        : result._publishCursor(this));
    } catch (error) {
      this.error(error);
      return;
    }
    this.ready();
  }

  _deactivate() {
    if (this._deactivated) return;
    this._deactivated = true;
    this._callStopCallbacks();
  }

  _callStopCallbacks() {
    const callbacks = this._stopCallbacks;
    this._stopCallbacks = [];
    for (const callback of callbacks) callback();
  }

  _removeAllDocuments() {
    for (const [collectionName, ids] of this._documents) {
      for (const id of ids) this.removed(collectionName, this._idFilter.idParse(id));
    }
  }

  /** The same subscription from the start, for another user. */
  _recreate() {
    return new Subscription(this._session, this._handler, this._subscriptionId, this._params, this._name);
  }

  error(error) {
    if (this._isDeactivated()) return;
    this._session._stopSubscription(this._subscriptionId, error);
  }

  stop() {
    if (this._isDeactivated()) return;
    this._session._stopSubscription(this._subscriptionId);
  }

  onStop(callback) {
    const bound = bindEnvironment(callback, 'onStop callback', this);
    if (this._isDeactivated()) bound();
    else this._stopCallbacks.push(bound);
  }

  // A session that has ended has no queue.
  _isDeactivated() {
    return this._deactivated || this._session.inQueue === null;
  }

  added(collectionName, givenId, fields) {
    if (this._isDeactivated()) return;
    const id = this._idFilter.idStringify(givenId);
    if (this._accountsFor(collectionName)) {
      let ids = this._documents.get(collectionName);
      if (!ids) this._documents.set(collectionName, (ids = new Set()));
      ids.add(id);
    }
    this._session.added(this._subscriptionHandle, collectionName, id, fields);
  }

  changed(collectionName, givenId, fields) {
    if (this._isDeactivated()) return;
    const id = this._idFilter.idStringify(givenId);
    this._session.changed(this._subscriptionHandle, collectionName, id, fields);
  }

  removed(collectionName, givenId) {
    if (this._isDeactivated()) return;
    const id = this._idFilter.idStringify(givenId);
    if (this._accountsFor(collectionName)) this._documents.get(collectionName).delete(id);
    this._session.removed(this._subscriptionHandle, collectionName, id);
  }

  _accountsFor(collectionName) {
    return this._session.server.getPublicationStrategy(collectionName).doAccountingForCollection;
  }

  ready() {
    if (this._isDeactivated() || !this._subscriptionId || this._ready) return;
    this._session.sendReady([this._subscriptionId]);
    this._ready = true;
  }
}

/** Why a publication function may not return this, or null. */
function cursorsProblem(result) {
  if (!Array.isArray(result)) {
    return isCursor(result) ? null : 'Publish function can only return a Cursor or an array of Cursors';
  }
  if (!result.every(isCursor)) return 'Publish function returned an array of non-Cursors';
  const names = result.map((cursor) => cursor._getCollectionName());
  const twice = names.find((name, i) => names.indexOf(name) < i);
  return twice === undefined ? null : `Publish function returned multiple cursors for collection ${twice}`;
}

module.exports = { Subscription };

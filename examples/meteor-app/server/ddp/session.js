'use strict';
const { clientAddress } = require('../client-address.js');
const { SessionCollectionView } = require('./collection-view.js');
const { DoubleEndedQueue } = require('./double-ended-queue.js');
const { DummyDocumentView, SessionDocumentView } = require('./document-view.js');
const { bindEnvironment, defer, isPromise } = require('./environment.js');
const { wrapInternalException } = require('./errors.js');
const { Heartbeat } = require('./heartbeat.js');
const { stringifyDDP } = require('./messages.js');
const { protocolHandlers } = require('./protocol-handlers.js');
const { Random } = require('./random.js');
const { setUserId, diffCollectionViews } = require('./rerun.js');
const { Subscription } = require('./subscription.js');

/** One client's DDP session, from its `connect` to the end of its socket. */
class Session {
  constructor(server, version, socket, options) {
    this.id = Random.id();
    this.server = server;
    this.version = version;
    this.options = options;
    this.initialized = false;
    this.socket = socket;
    // null once the session has ended.
    this.inQueue = new DoubleEndedQueue();
    this.blocked = false;
    this.workerRunning = false;
    this.cachedUnblock = null;
    this._namedSubs = new Map();
    this._universalSubs = [];
    this.userId = null;
    this.collectionViews = new Map();
    // false while subscriptions run again for another user: then the difference is sent.
    this._isSending = true;
    this._dontStartNewUniversalSubs = false;
    this._pendingReady = [];
    this._closeCallbacks = [];
    this._socketUrl = socket.url;
    this._respondToPings = options.respondToPings;
    this.heartbeat = null;
    this.connectionHandle = this._createConnectionHandle();
  }

  /** Greets the client; apart from the constructor, so that a kind of session has all its own fields by then. */
  start() {
    this.send({ msg: 'connected', session: this.id });
    this.startUniversalSubs();
    this._startHeartbeat();
  }

  /** What the app knows as `this.connection`. */
  _createConnectionHandle() {
    return {
      id: this.id,
      close: () => this.close(),
      onClose: (callback) => {
        const bound = bindEnvironment(callback, 'connection onClose callback');
        if (this.inQueue) this._closeCallbacks.push(bound);
        else defer(bound);
      },
      clientAddress: this._clientAddress(),
      httpHeaders: this.socket.headers,
    };
  }

  _startHeartbeat() {
    const { heartbeatInterval, heartbeatTimeout } = this.options;
    if (this.version === 'pre1' || heartbeatInterval === 0) return;
    this.socket.setWebsocketTimeout(0);
    this.heartbeat = new Heartbeat({
      heartbeatInterval,
      heartbeatTimeout,
      onTimeout: () => this.close(),
      sendPing: () => this.send({ msg: 'ping' }),
    });
    this.heartbeat.start();
  }

  _stopHeartbeat() {
    if (this.heartbeat) this.heartbeat.stop();
    this.heartbeat = null;
  }

  sendReady(subscriptionIds) {
    if (this._isSending) this.send({ msg: 'ready', subs: subscriptionIds });
    else this._pendingReady.push(...subscriptionIds);
  }

  // What goes into no view cannot be told by a difference later.
  _canSend(collectionName) {
    return this._isSending || !this.server.getPublicationStrategy(collectionName).useCollectionView;
  }

  sendAdded(collection, id, fields) {
    if (this._canSend(collection)) this.send({ msg: 'added', collection, id, fields });
  }

  sendChanged(collection, id, fields) {
    if (Object.keys(fields).length === 0) return;
    if (this._canSend(collection)) this.send({ msg: 'changed', collection, id, fields });
  }

  sendRemoved(collection, id) {
    if (this._canSend(collection)) this.send({ msg: 'removed', collection, id });
  }

  getSendCallbacks() {
    return {
      added: this.sendAdded.bind(this),
      changed: this.sendChanged.bind(this),
      removed: this.sendRemoved.bind(this),
    };
  }

  getCollectionView(collectionName) {
    let view = this.collectionViews.get(collectionName);
    if (!view) {
      view = new SessionCollectionView(collectionName, this.getSendCallbacks(), () =>
        this.server.getPublicationStrategy(collectionName).useDummyDocumentView
          ? new DummyDocumentView()
          : new SessionDocumentView(),
      );
      this.collectionViews.set(collectionName, view);
    }
    return view;
  }

  _usesView(collectionName) {
    return this.server.getPublicationStrategy(collectionName).useCollectionView;
  }

  added(subscriptionHandle, collectionName, id, fields) {
    if (!this._usesView(collectionName)) this.sendAdded(collectionName, id, fields);
    else this.getCollectionView(collectionName).added(subscriptionHandle, id, fields);
  }

  changed(subscriptionHandle, collectionName, id, fields) {
    if (!this._usesView(collectionName)) this.sendChanged(collectionName, id, fields);
    else this.getCollectionView(collectionName).changed(subscriptionHandle, id, fields);
  }

  removed(subscriptionHandle, collectionName, id) {
    if (!this._usesView(collectionName)) {
      this.sendRemoved(collectionName, id);
      return;
    }
    const view = this.getCollectionView(collectionName);
    view.removed(subscriptionHandle, id);
    if (view.isEmpty()) this.collectionViews.delete(collectionName);
  }

  startUniversalSubs() {
    // Handlers that come meanwhile start on their own.
    for (const handler of this.server.universal_publish_handlers.slice())
      void this._startSubscription(handler);
  }

  close() {
    if (!this.inQueue) return;
    this._destroy();
    if (this.socket) {
      this.socket.close();
      this.socket._meteorSession = null;
    }
    this.server._removeSession(this);
  }

  /** Ends everything but the socket. */
  _destroy() {
    this.inQueue = null;
    this.collectionViews = new Map();
    this._stopHeartbeat();
    // Not in the caller's turn: the callbacks are the app's.
    defer(() => {
      this._deactivateAllSubscriptions();
      for (const callback of this._closeCallbacks) callback();
    });
  }

  send(message) {
    if (this.socket) this.socket.send(stringifyDDP(message));
  }

  sendError(reason, offendingMessage) {
    this.send({ msg: 'error', reason, ...(offendingMessage ? { offendingMessage } : {}) });
  }

  processMessage(message) {
    if (!this.inQueue) return;
    if (this.heartbeat) this.heartbeat.messageReceived();
    if (this.version !== 'pre1' && message.msg === 'ping') {
      if (this._respondToPings) this.send({ msg: 'pong', id: message.id });
      return;
    }
    if (this.version !== 'pre1' && message.msg === 'pong') return;
    this.inQueue.push(message);
    if (this.workerRunning) return;
    this.workerRunning = true;
    this._processNext();
  }

  // One message at a time; the next one starts when this one ends or lets it pass with unblock().
  _processNext() {
    const message = this.inQueue && this.inQueue.shift();
    if (!message) {
      this.workerRunning = false;
      return;
    }
    let blocked = true;
    const unblock = () => {
      if (!blocked) return;
      blocked = false;
      this._afterUnblock();
    };
    this.server.onMessageHook.each((callback) => {
      callback(message, this);
      return true;
    });
    if (!(message.msg in this.protocol_handlers)) {
      this.sendError('Bad request', message);
      unblock();
      return;
    }
    const result = this.protocol_handlers[message.msg].call(this, message, unblock);
    if (isPromise(result)) result.finally(() => unblock());
    else unblock();
  }

  _afterUnblock() {
    this._processNext();
  }

  _eachSub(callback) {
    this._namedSubs.forEach(callback);
    this._universalSubs.forEach(callback);
  }

  _diffCollectionViews(before) {
    diffCollectionViews(this, before);
  }

  _setUserId(userId) {
    return setUserId(this, userId);
  }

  _startSubscription(handler, id, params, name) {
    const subscription = new Subscription(this, handler, id, params, name);
    subscription.unblock = this.cachedUnblock || (() => {});
    if (id) this._namedSubs.set(id, subscription);
    else this._universalSubs.push(subscription);
    return subscription._runHandler();
  }

  _stopSubscription(id, error) {
    const subscription = id ? this._namedSubs.get(id) : undefined;
    if (subscription) {
      subscription._removeAllDocuments();
      subscription._deactivate();
      this._namedSubs.delete(id);
    }
    const answer = { msg: 'nosub', id };
    if (error) {
      const name = subscription && subscription._name;
      answer.error = wrapInternalException(error, `from sub ${name ? `${name} ` : ''}id ${id}`);
    }
    this.send(answer);
  }

  // Without a word to the client: it is gone.
  _deactivateAllSubscriptions() {
    this._eachSub((subscription) => subscription._deactivate());
    this._namedSubs = new Map();
    this._universalSubs = [];
  }

  _clientAddress() {
    return clientAddress(this.socket.remoteAddress, this.socket.headers);
  }
}

Session.prototype.protocol_handlers = protocolHandlers;

module.exports = { Session };

'use strict';
// oxlint-disable no-underscore-dangle -- Meteor's own name: managers use it
const crypto = require('crypto');
const { CollectionView } = require('./ddp-view.js');
const { Subscription } = require('./ddp-subscription.js');
const { clientAddress } = require('./client-address.js');
const { toWire, methodNotFound } = require('./ddp-errors.js');

function randomId() {
  return crypto.randomBytes(13).toString('base64').replace(/[+/=]/g, 'x').slice(0, 17);
}

/** One DDP session: it outlives its socket for a while when the client lost the network. */
class Session {
  constructor(server, id, version) {
    this.server = server;
    this.id = id;
    this.version = version;
    this.socket = null;
    this.inQueue = [];
    this.workerRunning = false;
    this.subscriptions = new Map();
    this.view = new CollectionView((message) => this.send(message));
    // Messages for a client without a network; how many were sent before tells whether it missed any.
    this.held = [];
    this.sentCount = 0;
    this.isClosing = false;
    this.expectingDisconnect = false;
    this.removeTimer = null;
    // While it waits for its client: ends that.
    this._pendingRemoveFunction = null;
    this.closeCallbacks = [];
    this.connectionHandle = {
      id,
      clientAddress: null,
      httpHeaders: {},
      // A close by the app: nobody resumes this session.
      close: () => {
        this.expectingDisconnect = true;
        this.close();
      },
      onClose: (callback) => this.closeCallbacks.push(callback),
    };
  }

  start(socket) {
    this.attach(socket);
    this.send({ msg: 'connected', session: this.id });
  }

  /** Gives the session to a client that came back; false when it missed messages or waited too long. */
  resume(socket, receivedCount) {
    if (!this.removeTimer || receivedCount !== this.sentCount) {
      if (this._pendingRemoveFunction) this._pendingRemoveFunction();
      return false;
    }
    const held = this.held;
    clearTimeout(this.removeTimer);
    this.removeTimer = null;
    this._pendingRemoveFunction = null;
    this.isClosing = false;
    this.held = [];
    this.attach(socket);
    this.send({ msg: 'connected', session: this.id });
    for (const message of held) this.send(message);
    return true;
  }

  attach(socket) {
    this.socket = socket;
    this.connectionHandle.clientAddress = clientAddress(socket.remoteAddress, socket.headers);
    this.connectionHandle.httpHeaders = socket.headers;
    this.startHeartbeat();
  }

  /** What a lost socket leads to as well: unless the app wants it gone, the session waits for its client to come back. */
  close() {
    if (this.isClosing) return;
    this.isClosing = true;
    const { socket } = this;
    this.socket = null;
    this.stopHeartbeat();
    if (socket) socket.close();
    const { disconnectGracePeriod } = this.server.options;
    if (this.expectingDisconnect || disconnectGracePeriod === 0) this.remove();
    else {
      this._pendingRemoveFunction = () => this.remove();
      this.removeTimer = setTimeout(this._pendingRemoveFunction, disconnectGracePeriod);
    }
  }

  /** Ends the session for good: a client that comes back gets a new one. */
  remove() {
    if (!this.server.sessions.has(this.id)) return;
    clearTimeout(this.removeTimer);
    this.removeTimer = null;
    this._pendingRemoveFunction = null;
    this.server.sessions.delete(this.id);
    this.inQueue = null;
    this.held = [];
    for (const subscription of this.subscriptions.values()) subscription.stop();
    for (const callback of this.closeCallbacks) callback();
  }

  send(message) {
    if (!this.inQueue) return;
    const counts = message.msg !== 'ping' && message.msg !== 'pong';
    if (this.socket) {
      if (counts) this.sentCount += 1;
      this.socket.write(JSON.stringify(message));
    } else if (counts) {
      this.held.push(message);
      if (this.held.length > this.server.options.maxMessageQueueLength) this._pendingRemoveFunction();
    }
  }

  // A ping every 15 s, and 15 s for any sign of life after it.
  startHeartbeat() {
    this.stopHeartbeat();
    const interval = this.server.options.heartbeatInterval;
    this.heartbeatTimer = setTimeout(() => {
      this.send({ msg: 'ping' });
      this.heartbeatTimer = setTimeout(() => this.close(), interval);
    }, interval);
  }

  stopHeartbeat() {
    clearTimeout(this.heartbeatTimer);
  }

  processMessage(message) {
    if (!this.inQueue) return;
    this.startHeartbeat();
    if (message.msg === 'ping') this.send({ msg: 'pong', ...(message.id ? { id: message.id } : {}) });
    else if (message.msg === 'disconnect') this.connectionHandle.close();
    else if (message.msg !== 'pong') {
      this.inQueue.push(message);
      if (!this.workerRunning) this.next();
    }
  }

  // One message at a time; the next one starts when this one ends or lets it pass with unblock().
  next() {
    const message = this.inQueue && this.inQueue.shift();
    this.workerRunning = Boolean(message);
    if (!message) return;
    let passed = false;
    const unblock = () => {
      if (passed) return;
      passed = true;
      setImmediate(() => this.next());
    };
    const handler = handlers[message.msg];
    if (!handler) {
      this.send({ msg: 'error', reason: 'Bad request', offendingMessage: message });
      unblock();
    } else handler(this, message, unblock).then(unblock);
  }
}

const handlers = {
  async method(session, { id, method, params }, unblock) {
    const answer = { msg: 'result', id };
    try {
      const { method_handlers: methods } = session.server;
      if (!Object.prototype.hasOwnProperty.call(methods, method)) throw methodNotFound(method);
      const invocation = { connection: session.connectionHandle, session, unblock, userId: null };
      const result = await methods[method].apply(invocation, params || []);
      if (result !== undefined) answer.result = result;
    } catch (error) {
      answer.error = toWire(error, `method '${method}'`);
    }
    session.send(answer);
    session.send({ msg: 'updated', methods: [id] });
  },

  async sub(session, { id, name, params }) {
    // A client that resubscribes after a resumption names a subscription that is still there.
    if (session.subscriptions.has(id)) return;
    const publish = session.server.publish_handlers[name];
    if (!publish) {
      const error = toWire(methodNotFound(name, 'Subscription'));
      session.send({ msg: 'nosub', id, error });
      return;
    }
    const subscription = new Subscription(session, id);
    session.subscriptions.set(id, subscription);
    await subscription.run(publish, params || []);
  },

  async unsub(session, { id }) {
    const subscription = session.subscriptions.get(id);
    if (subscription) subscription.stop();
    session.send({ msg: 'nosub', id });
  },
};

module.exports = { Session, randomId };

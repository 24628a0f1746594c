'use strict';
const { Session } = require('./session.js');
const { protocolHandlers } = require('./protocol-handlers.js');

// Not counted and not kept: they are about the socket, not about the session.
const isAboutSocket = ({ msg }) => msg === 'ping' || msg === 'pong';

/** A session as of Meteor 3.5: it outlives its socket for a while, for a client that lost its network. */
class ResumableSession extends Session {
  // How many messages its client got, to know whether it missed any.
  sentCount = 0;
  // While it waits for its client: the messages meanwhile.
  messageQueue = null;
  _isClosing = false;
  // A close by the app, or a client that says goodbye: nobody resumes it.
  _expectingDisconnect = false;
  _removeTimeoutHandle = null;
  _pendingRemoveFunction = null;

  _createConnectionHandle() {
    const handle = super._createConnectionHandle();
    handle.close = () => {
      this._expectingDisconnect = true;
      this.close();
    };
    return handle;
  }

  close() {
    if (this._isClosing) return;
    this._isClosing = true;
    const { socket } = this;
    if (socket) {
      socket.close();
      socket._meteorSession = null;
      this.socket = null;
    }
    this._stopHeartbeat();
    this.server._removeSession(this, () => this._destroy());
  }

  /** Keeps the messages for a client that may come back; `remove` gives it up. */
  awaitClient(remove) {
    this.messageQueue = [];
    this._pendingRemoveFunction = remove;
    this._removeTimeoutHandle = setTimeout(() => remove(), this.options.disconnectGracePeriod);
  }

  stopAwaiting() {
    clearTimeout(this._removeTimeoutHandle);
    this._removeTimeoutHandle = null;
    this._pendingRemoveFunction = null;
    this.messageQueue = null;
  }

  /** Gives the session to a client that came back; false when it missed messages or waited too long. */
  resume(socket, receivedCount) {
    if (!this._removeTimeoutHandle || receivedCount !== this.sentCount) {
      if (this._pendingRemoveFunction) this._pendingRemoveFunction();
      return false;
    }
    const messages = this.messageQueue;
    this.stopAwaiting();
    this._isClosing = false;
    this.socket = socket;
    socket._meteorSession = this;
    this._startHeartbeat();
    this.send({ msg: 'connected', session: this.id });
    for (const message of messages) this.send(message);
    return true;
  }

  send(message) {
    if (this.messageQueue && !isAboutSocket(message)) {
      this.messageQueue.push(message);
      if (this.messageQueue.length > this.options.maxMessageQueueLength) this._pendingRemoveFunction();
      return;
    }
    if (this.socket && !isAboutSocket(message)) this.sentCount += 1;
    super.send(message);
  }

  processMessage(message) {
    // Before the queue: the socket closes at once.
    if (message.msg === 'disconnect') this.protocol_handlers.disconnect.call(this);
    else super.processMessage(message);
  }

  _afterUnblock() {
    setImmediate(() => this._processNext());
  }
}

ResumableSession.prototype.protocol_handlers = {
  ...protocolHandlers,
  disconnect() {
    this._expectingDisconnect = true;
  },
};

module.exports = { ResumableSession };

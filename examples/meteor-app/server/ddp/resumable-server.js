'use strict';
const { ResumableSession } = require('./resumable-session.js');
const { Server } = require('./server.js');

/** A server as of Meteor 3.5: a client that lost its network finds its session again for `disconnectGracePeriod` ms. */
class ResumableServer extends Server {
  constructor(options, streamServer) {
    super({ disconnectGracePeriod: 15000, maxMessageQueueLength: 100, ...options }, streamServer);
  }

  _connect(socket, { version, session: id, receivedCount }) {
    const known = this.sessions.get(id);
    if (known && known.resume(socket, receivedCount)) return;
    this._open(new ResumableSession(this, version, socket, this.options));
  }

  /** Calls `removed()` when nobody can resume the session any more. */
  _removeSession(session, removed = () => {}) {
    const remove = () => {
      if (!this.sessions.has(session.id)) return;
      session.stopAwaiting();
      super._removeSession(session);
      removed();
    };
    if (session._expectingDisconnect) remove();
    else session.awaitClient(remove);
  }
}

/** With a grace period of 0 a server as before Meteor 3.5. */
function createServer({ disconnectGracePeriod } = {}, streamServer) {
  if (disconnectGracePeriod === 0) return new Server({}, streamServer);
  return new ResumableServer(
    disconnectGracePeriod === undefined ? {} : { disconnectGracePeriod },
    streamServer,
  );
}

module.exports = { createServer };

'use strict';
const { DDP } = require('./invocations.js');
const { EJSON } = require('./ejson.js');
const { Hook } = require('./hook.js');
const { MeteorError } = require('./errors.js');
const { MethodInvocation } = require('./method-invocation.js');
const { SUPPORTED_DDP_VERSIONS, parseDDP, stringifyDDP } = require('./messages.js');
const { publicationStrategies } = require('./publication-strategies.js');
const { Session } = require('./session.js');

/** The DDP server: its sessions by id, and the methods and publications they may name. */
class Server {
  constructor(options, streamServer) {
    this.options = {
      heartbeatInterval: 15000,
      heartbeatTimeout: 15000,
      respondToPings: true,
      defaultPublicationStrategy: publicationStrategies.SERVER_MERGE,
      ...options,
    };
    this.onConnectionHook = new Hook({ debugPrintExceptions: 'onConnection callback' });
    this.onMessageHook = new Hook({ debugPrintExceptions: 'onMessage callback' });
    this.publish_handlers = {};
    this.universal_publish_handlers = [];
    this.method_handlers = {};
    this._publicationStrategies = {};
    this.sessions = new Map();
    this.stream_server = streamServer;
    streamServer.register((socket) => this._register(socket));
  }

  _register(socket) {
    socket._meteorSession = null;
    socket.on('data', (text) => {
      try {
        this._receive(socket, text);
      } catch (error) {
        console.error('Internal exception while processing message', text, error);
      }
    });
    socket.on('close', () => {
      if (socket._meteorSession) socket._meteorSession.close();
    });
  }

  _receive(socket, text) {
    let message;
    try {
      message = parseDDP(text);
    } catch {
      sendError(socket, 'Parse error');
      return;
    }
    if (message === null || !message.msg) sendError(socket, 'Bad request', message);
    else if (message.msg !== 'connect') {
      if (socket._meteorSession) socket._meteorSession.processMessage(message);
      else sendError(socket, 'Must connect first', message);
    } else if (socket._meteorSession) sendError(socket, 'Already connected', message);
    else this._handleConnect(socket, message);
  }

  _handleConnect(socket, message) {
    const { version, support } = message;
    const isWellFormed =
      Array.isArray(support) &&
      support.every((each) => typeof each === 'string') &&
      support.includes(version);
    const agreed = calculateVersion(isWellFormed ? support : [], SUPPORTED_DDP_VERSIONS);
    if (!isWellFormed || version !== agreed) {
      // The client comes again with the version named here.
      socket.send(stringifyDDP({ msg: 'failed', version: agreed }));
      socket.close();
      return;
    }
    this._connect(socket, message);
  }

  _connect(socket, { version }) {
    this._open(new Session(this, version, socket, this.options));
  }

  _open(session) {
    const { socket } = session;
    session.start();
    socket._meteorSession = session;
    this.sessions.set(session.id, session);
    this.onConnectionHook.each((callback) => {
      if (socket._meteorSession) callback(session.connectionHandle);
      return true;
    });
  }

  _removeSession(session) {
    this.sessions.delete(session.id);
  }

  onConnection(callback) {
    return this.onConnectionHook.register(callback);
  }

  onMessage(callback) {
    return this.onMessageHook.register(callback);
  }

  setPublicationStrategy(collectionName, strategy) {
    if (!Object.values(publicationStrategies).includes(strategy)) {
      throw new Error(`Invalid merge strategy: ${strategy} for collection ${collectionName}`);
    }
    this._publicationStrategies[collectionName] = strategy;
  }

  getPublicationStrategy(collectionName) {
    return this._publicationStrategies[collectionName] || this.options.defaultPublicationStrategy;
  }

  /** Publishes by name; without a name (null) to every session from its start; an object holds several. */
  publish(name, handler) {
    if (name !== null && typeof name === 'object') {
      for (const [each, itsHandler] of Object.entries(name)) this.publish(each, itsHandler);
    } else if (name && name in this.publish_handlers) {
      console.error(`Ignoring duplicate publish named '${name}'`);
    } else if (name) this.publish_handlers[name] = handler;
    else {
      this.universal_publish_handlers.push(handler);
      for (const session of this.sessions.values()) {
        if (!session._dontStartNewUniversalSubs) session._startSubscription(handler);
      }
    }
  }

  methods(methods) {
    for (const [name, method] of Object.entries(methods)) {
      if (typeof method !== 'function') throw new Error(`Method '${name}' must be a function`);
      if (this.method_handlers[name]) throw new Error(`A method named '${name}' is already defined`);
      this.method_handlers[name] = method;
    }
  }

  callAsync(name, ...args) {
    return this.applyAsync(name, args);
  }

  /** Calls a method from the server; for the user and the connection of the method or publication that calls, if one does. */
  async applyAsync(name, args) {
    const handler = this.method_handlers[name];
    if (!handler) throw new MeteorError(404, `Method '${name}' not found`);
    const method = DDP._CurrentMethodInvocation.get();
    const outer = method || DDP._CurrentPublicationInvocation.get();
    const invocation = new MethodInvocation({
      isSimulation: false,
      userId: outer ? outer.userId : null,
      setUserId(userId) {
        if (!outer) throw new Error("Can't call setUserId on a server initiated method call");
        return method ? method.setUserId(userId) : outer._session._setUserId(userId);
      },
      connection: outer ? outer.connection : null,
    });
    const run = () => handler.apply(invocation, EJSON.clone(args));
    return EJSON.clone(await DDP._CurrentMethodInvocation.withValue(invocation, run));
  }

  _urlForSession(id) {
    const session = this.sessions.get(id);
    return session ? session._socketUrl : null;
  }
}

function sendError(socket, reason, offendingMessage) {
  const message = { msg: 'error', reason, ...(offendingMessage ? { offendingMessage } : {}) };
  socket.send(stringifyDDP(message));
}

/** The first version that the client likes and the server knows, else the server's own favourite. */
function calculateVersion(offered, known) {
  return offered.find((each) => known.includes(each)) || known[0];
}

module.exports = { Server, calculateVersion };

'use strict';
const permessageDeflate = require('permessage-deflate');
const sockjs = require('sockjs');

const silence = 45000;

/**
 * Puts SockJS in front of the HTTP server's listeners and, in front of that, the rewriting of `/websocket` to
 * `/sockjs/websocket`: the order in which a real server does it. Each callback of `register` gets each socket.
 */
class StreamServer {
  constructor(httpServer, pathPrefix) {
    this.registration_callbacks = [];
    this.open_sockets = [];
    this.prefix = `${pathPrefix}/sockjs`;
    this.server = sockjs.createServer({
      prefix: this.prefix,
      log() {},
      heartbeat_delay: 45000,
      disconnect_delay: 60000,
      disable_cors: Boolean(process.env.DISABLE_SOCKJS_CORS),
      jsessionid: Boolean(process.env.USE_JSESSIONID),
      ...websocketOptions(),
    });
    this.server.installHandlers(httpServer);
    overrideWebsocketPath(httpServer, `${pathPrefix}/websocket`, `${this.prefix}/websocket`);
    this.server.on('connection', (socket) => {
      // SockJS gives null when the client went away during the handshake.
      if (socket) this._accept(socket);
    });
  }

  _accept(socket) {
    socket.setWebsocketTimeout = (timeout) => {
      const { recv } = socket._session;
      if (/^websocket(-raw)?$/.test(socket.protocol) && recv) recv.connection.setTimeout(timeout);
    };
    // Until DDP has heartbeats of its own.
    socket.setWebsocketTimeout(silence);
    socket.send = (text) => {
      socket.write(text);
    };
    socket.on('close', () => {
      this.open_sockets = this.open_sockets.filter((each) => each !== socket);
    });
    this.open_sockets.push(socket);
    for (const callback of this.registration_callbacks) callback(socket);
  }

  register(callback) {
    this.registration_callbacks.push(callback);
    for (const socket of this.all_sockets()) callback(socket);
  }

  all_sockets() {
    return [...this.open_sockets];
  }
}

// SERVER_WEBSOCKET_COMPRESSION: JSON; `false` for none.
function websocketOptions() {
  if (process.env.DISABLE_WEBSOCKETS) return { websocket: false };
  const given = process.env.SERVER_WEBSOCKET_COMPRESSION;
  const compression = given ? JSON.parse(given) : {};
  return {
    faye_server_options: { extensions: compression ? [permessageDeflate.configure(compression)] : [] },
  };
}

// Some clients use bare WebSockets without SockJS's framing; for them `/websocket` is the address.
function overrideWebsocketPath(server, from, to) {
  for (const event of ['request', 'upgrade']) {
    const listeners = server.listeners(event).slice();
    server.removeAllListeners(event);
    server.on(event, function rewrite(req, ...rest) {
      // Node takes its own error listener off an upgraded socket; SockJS adds none when it refuses it with 404.
      if (event === 'upgrade') rest[0].on('error', () => rest[0].destroy());
      const [path, query] = req.url.split('?');
      if (path === from || path === `${from}/`) req.url = query === undefined ? to : `${to}?${query}`;
      for (const listener of listeners) listener.call(server, req, ...rest);
    });
  }
}

module.exports = { StreamServer };

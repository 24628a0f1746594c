'use strict';
const sockjs = require('sockjs');

/**
 * Puts SockJS in front of the server's listeners and, in front of that, the rewriting of `/websocket` to
 * `/sockjs/websocket`: the order in which a real server does it. `accept(connection)` gets each connection.
 */
function installSockets(server, { pathPrefix, accept }) {
  const prefix = `${pathPrefix}/sockjs`;
  const sockets = sockjs.createServer({
    prefix,
    log() {},
    heartbeat_delay: 45000,
    disconnect_delay: 60000,
    jsessionid: Boolean(process.env.USE_JSESSIONID),
    websocket: !process.env.DISABLE_WEBSOCKETS,
  });
  sockets.on('connection', (connection) => {
    // SockJS gives null when the client went away during the handshake.
    if (connection) accept(connection);
  });
  sockets.installHandlers(server);
  overrideWebsocketPath(server, `${pathPrefix}/websocket`, `${prefix}/websocket`);
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

module.exports = { installSockets };

'use strict';
// An echo by SockJS and by Engine.IO in several manners, each below a path of its own; POST / asks for its sessions' process.
const http = require('http');
const engine = require('engine.io');
const sockjs = require('sockjs');

const server = http.createServer((req, res) => res.writeHead(404).end());
const echo = sockjs.createServer({ prefix: '/echo', disconnect_delay: 60_000, log() {} });
echo.on('connection', (connection) => {
  if (connection) connection.on('data', (text) => connection.write(text));
});
echo.installHandlers(server);
const manners = {
  plain: {},
  old: { allowEIO3: true },
  compressed: { httpCompression: { threshold: 0 } },
  greeting: { initialPacket: 'x'.repeat(2000), httpCompression: { threshold: 1 } },
};
for (const [name, options] of Object.entries(manners)) {
  const io = engine.attach(server, { path: `/${name}`, pingInterval: 60_000, ...options });
  io.on('connection', (socket) => socket.on('message', (text) => socket.send(text)));
}
server.listen(process.env.PORT);

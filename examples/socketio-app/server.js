'use strict';
const http = require('http');
const { Server } = require('socket.io');
const { createHttpRoutes } = require('../meteor-app/server/http-routes.js');
const { requestUrl } = require('../meteor-app/server/request-url.js');
const { identity } = require('../meteor-app/server/identity.js');

const who = identity(process.env.EXAMPLE_RELEASE || 'v1');
const routes = createHttpRoutes({
  identity: who,
  clientAddress: (req) => req.socket.remoteAddress || null,
  settings: null,
});

const server = http.createServer((req, res) => {
  const url = requestUrl(req);
  if (url && routes(req, res, url)) return;
  res.writeHead(200, { 'Content-Type': 'text/plain' });
  res.end(`Hello from ${process.pid}\n`);
});

const io = new Server(server);
io.on('connection', (socket) => {
  const transport = () => socket.conn.transport.name;
  socket.emit('who', { ...who(), transport: transport(), address: socket.handshake.address });
  // Acknowledged with the worker, so a client sees whether it stayed with one.
  socket.on('echo', (value, acknowledge) => {
    socket.emit('echo', value);
    if (typeof acknowledge === 'function') acknowledge({ value, ...who(), transport: transport() });
  });
});

server.listen(Number(process.env.PORT || 3000), process.env.HOST, () => {
  console.log(`listening on ${JSON.stringify(server.address())}`);
});

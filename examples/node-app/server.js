'use strict';
const http = require('http');
const { WebSocketServer } = require('ws');
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
  const found = Boolean(url) && url.pathname === '/';
  res.writeHead(found ? 200 : 404, { 'Content-Type': 'text/plain' });
  res.end(found ? `Hello from ${process.pid}\n` : 'Not found\n');
});

// The first message says who answers; every further one is the client's own, sent back.
const sockets = new WebSocketServer({ server, path: '/' });
sockets.on('connection', (socket, req) => {
  // A frame that is none would end the process otherwise.
  socket.on('error', () => {});
  socket.send(JSON.stringify({ ...who(), remoteAddress: req.socket.remoteAddress || null }));
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
});

server.listen(Number(process.env.PORT || 3000), process.env.HOST, () => {
  console.log(`listening on ${JSON.stringify(server.address())}`);
});

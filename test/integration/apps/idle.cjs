'use strict';
// Like Meteor's web server it ends connections that are idle for long, and gives its own requests more time. Requests are
// answered, and bytes of upgraded connections sent back, after twice that. A client on a busy machine asks within that time.
const http = require('http');

const idleMs = 1000;
const later = (what) => setTimeout(() => what(), 2 * idleMs);

const server = http.createServer((request, response) => {
  request.setTimeout(120000);
  const { pid } = process;
  if (request.url === '/slow') later(() => response.end(String(pid)));
  else response.writeHead(200, { 'Content-Type': 'text/html' }).end(String(pid));
});
server.setTimeout(idleMs);
server.on('upgrade', (request, socket) => {
  socket.setTimeout(0);
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  socket.on('data', (bytes) => later(() => socket.end(bytes)));
});
server.listen(process.env.PORT);

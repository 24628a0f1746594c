'use strict';
// Does what makes each part of an agent work.
const http = require('http');

const server = http.createServer((request, response) => {
  if (request.url === '/listen') {
    const other = http.createServer().listen(0, '127.0.0.1', () => other.close());
  }
  if (request.url === '/close') {
    server.close();
    setInterval(() => {}, 60000); // an app that has nothing left to do would end
  }
  response.setHeader('Content-Type', 'text/html');
  const end = () => response.end(`pid ${process.pid}`);
  if (request.method === 'POST') request.on('end', end).resume();
  else end();
});
server.on('upgrade', (request, socket) => {
  socket.on('error', () => {});
  socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nwelcome');
});
server.listen(process.env.PORT);

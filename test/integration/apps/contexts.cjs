'use strict';
// Enters a context for each request and never leaves it; tells which one a request began in. `/throw` throws.
const { AsyncLocalStorage } = require('async_hooks');
const http = require('http');

const storage = new AsyncLocalStorage();
let count = 0;
const began = (url) => {
  const found = storage.getStore();
  storage.enterWith(`${url} ${(count += 1)}`);
  return found === undefined ? 'nobody' : found;
};
const server = http.createServer((request, response) => {
  const found = began(request.url);
  if (/[?&]throw/.test(request.url)) throw new Error('the app itself'); // it stands here
  response.end(JSON.stringify({ found, pid: process.pid }));
});
server.on('upgrade', (request, socket) => {
  socket.on('error', () => {});
  socket.end(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: close\r\n\r\n${JSON.stringify({ found: began('ws') })}`,
  );
});
server.listen(process.env.PORT, () => console.log('listening'));

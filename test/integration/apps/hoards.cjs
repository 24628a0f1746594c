'use strict';
// SIGUSR2 makes it take memory without end.
const http = require('http');

process.on('SIGUSR2', () => {
  for (const all = []; ;) all.push(Buffer.alloc(1 << 20, 1));
});
http.createServer((request, response) => response.end('here')).listen(process.env.PORT);

'use strict';
// `/hold` is answered with the pid and never ends; `/…/xhr` opens a SockJS session; SIGUSR2 is the process's end.
const http = require('http');

process.on('SIGUSR2', () => process.exit(3));
http
  .createServer((request, response) => {
    if (request.url === '/hold') response.write(String(process.pid));
    else if (request.url.endsWith('/xhr')) {
      response.setHeader('Content-Type', 'application/javascript; charset=UTF-8');
      response.end('o\n');
    } else response.end('here');
  })
  .listen(process.env.PORT);

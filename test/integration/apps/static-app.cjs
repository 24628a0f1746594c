'use strict';
const http = require('http');

// Knows only its page; one file below /assets it answers with a cookie.
http
  .createServer((request, response) => {
    if (request.url === '/assets/program.json') response.setHeader('Set-Cookie', 'a=1');
    response.writeHead(request.url === '/' ? 200 : 404, { 'Content-Type': 'text/plain' });
    response.end(request.url === '/' ? 'the app' : 'not found');
  })
  .listen(process.env.PORT);

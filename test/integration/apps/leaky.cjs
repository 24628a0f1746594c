'use strict';
const http = require('http');

// Keeps what it is told to: /leak?mb=5 takes five more megabytes, for good.
const kept = [];
http
  .createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://localhost');
    if (pathname === '/leak') kept.push(Buffer.alloc(Number(searchParams.get('mb')) * 2 ** 20, 'x'));
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ pid: process.pid }));
  })
  .listen(process.env.PORT);

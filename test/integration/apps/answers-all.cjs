'use strict';
// Answers 200 to whatever is asked, and nearly as SockJS and Engine.IO do.
const http = require('http');

http
  .createServer((req, res) => {
    const type = req.url.includes('html') ? 'text/html' : 'application/javascript';
    res.writeHead(200, { 'Content-Type': type });
    res.end(req.url.includes('almost') ? 'ok\n0{"sid":"almost"}' : '<p>Welcome</p>');
  })
  .listen(process.env.PORT);

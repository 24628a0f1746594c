'use strict';
// Says which of Node's modules are loaded in this process.
const http = require('http');

http
  .createServer((request, response) => {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(process.moduleLoadList));
  })
  .listen(process.env.PORT, () => console.log('listening'));

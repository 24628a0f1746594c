'use strict';
const http = require('http');

const umask = process.umask(0o022);
http.createServer((request, response) => response.end(umask.toString(8))).listen(process.env.PORT);

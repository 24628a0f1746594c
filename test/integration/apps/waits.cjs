'use strict';
// SIGUSR2 makes it read a pipe that nobody writes to, on the main thread.
const fs = require('fs');
const http = require('http');

process.on('SIGUSR2', () => fs.readFileSync(process.env.TEST_PIPE));
http.createServer((request, response) => response.end('here')).listen(process.env.PORT);

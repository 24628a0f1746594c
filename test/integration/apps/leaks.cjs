'use strict';
// SIGUSR2 makes it fill its heap until nothing is left.
const http = require('http');

const kept = [];
process.on('SIGUSR2', () => {
  setInterval(() => {
    for (let i = 0; i < 10000; i += 1) kept.push({ i, text: `entry ${i}` });
  }, 1);
});
http.createServer((request, response) => response.end('here')).listen(process.env.PORT);

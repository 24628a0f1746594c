'use strict';
const http = require('http');

// Ends on no signal but SIGKILL; /crash ends it with a last word.
process.on('SIGTERM', () => console.log('no'));
http
  .createServer((req, res) => {
    if (req.url === '/crash') {
      console.error('the last words');
      process.exit(3);
    }
    res.end('here');
  })
  .listen(process.env.PORT);

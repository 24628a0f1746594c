'use strict';
// `/LINES/BYTES` prints so many lines that are so long; `/0/BYTES` one that does not end. Then it says so.
const fs = require('fs');
const http = require('http');

/** All of it: a write of many megabytes may be cut short. */
function print(buffer) {
  for (let done = 0; done < buffer.length;) done += fs.writeSync(1, buffer, done);
}

http
  .createServer((request, response) => {
    const [lines, bytes] = (request.url.slice(1) || '0/0').split('/').map(Number);
    for (let i = 0; i < lines; i += 1) print(Buffer.alloc(bytes, 'x').fill('\n', bytes - 1));
    if (lines === 0) print(Buffer.alloc(bytes, 'y'));
    print(Buffer.from(`\nthat was ${request.url}\n`));
    response.end();
  })
  .listen(process.env.PORT);

'use strict';
// Has a child in its process group, one that does not end by SIGTERM, and one in a session of its own; tells their pids.
const { spawn } = require('child_process');
const http = require('http');

/** Lives as long as its test: whoever starts it may be gone before. */
const life = `setInterval(() => require('fs').existsSync(${JSON.stringify(process.env.TEST_FOLDER)}) || process.exit(), 200);`;
const run = (script, detached) => spawn(process.execPath, ['-e', script], { stdio: 'ignore', detached }).pid;
const plain = run(life, false);
const stubborn = run(`process.on('SIGTERM', () => {}); ${life}`, false);
const own = run(life, true);
http
  .createServer((request, response) => response.end(JSON.stringify({ plain, stubborn, own })))
  .listen(process.env.PORT);

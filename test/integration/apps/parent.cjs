'use strict';
// Has a child in its process group, one that does not end by SIGTERM, and one in a session of its own; tells their pids.
const { spawn } = require('child_process');
const http = require('http');

const run = (script, detached) => spawn(process.execPath, ['-e', script], { stdio: 'ignore', detached }).pid;
const plain = run('setInterval(() => {}, 1000)', false);
const stubborn = run("process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)", false);
const own = run('setInterval(() => {}, 1000)', true);
http
  .createServer((request, response) => response.end(JSON.stringify({ plain, stubborn, own })))
  .listen(process.env.PORT);

'use strict';
const fs = require('fs');
const http = require('http');
const { WebSocketServer } = require('ws');

/**
 * A WebSocket echo that leaves a line in the file JOURNAL, shared by all workers, for each connection's first
 * frame: so a frame that was served twice shows, even if one of the two answers never reached the client.
 */
const server = http.createServer((req, res) => {
  const url = new URL(req.url, 'http://localhost');
  if (url.pathname === '/block') {
    const end = Date.now() + Number(url.searchParams.get('ms'));
    while (Date.now() < end);
  }
  res.writeHead(200, { 'Content-Type': 'application/json' });
  res.end(JSON.stringify({ pid: process.pid }));
});

new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => {
  socket.send(JSON.stringify({ pid: process.pid, slot: Number(process.env.RADIANT_SLOT) }));
  socket.once('message', (/** @type {Buffer} */ data) => {
    fs.appendFileSync(process.env.JOURNAL, `${data.toString()} ${process.pid}\n`);
    socket.send(data.toString());
  });
});

server.listen(process.env.PORT);

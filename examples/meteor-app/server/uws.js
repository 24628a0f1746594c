'use strict';
const http = require('http');

/**
 * The rule of DDP_TRANSPORT=uws that matters to a manager: one port a process, 127.0.0.1:5001 unless the
 * settings name another, and no start when it is taken. DDP itself stays on the main server here.
 */
function startUws(settings) {
  if (process.env.DDP_TRANSPORT !== 'uws') return Promise.resolve();
  const ddpServer = (settings.packages && settings.packages['ddp-server']) || {};
  const port = (ddpServer.uws && ddpServer.uws.port) || 5001;
  const server = http.createServer((req, res) => {
    res.writeHead(426, { 'Content-Type': 'text/plain', Upgrade: 'websocket' });
    res.end('uws\n');
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const taken = error.code === 'EADDRINUSE';
      reject(
        taken ? new Error(`uWebSockets could not listen on 127.0.0.1:${port}: the port is taken`) : error,
      );
    });
    server.listen(port, '127.0.0.1', () => {
      console.log(`uws listens on 127.0.0.1:${port}`);
      resolve();
    });
  });
}

module.exports = { startUws };

'use strict';
// What apps do to `process` and to their server. JOURNAL is a file for what a worker sees; HABIT says which one it has.
const fs = require('fs');
const http = require('http');
const net = require('net');

const { env, pid } = process;
const { setTimeout } = globalThis;
const note = (text) => fs.appendFileSync(env.JOURNAL, `${pid} ${text}\n`);

const answer = (request, response) => {
  const end = () => response.end(JSON.stringify({ pid }));
  const wait = () => (fs.existsSync(env.GATE) ? end() : setTimeout(wait, 20));
  if (request.url !== '/late') return end();
  note('is asked');
  return wait();
};
const server = http.createServer(answer);

const habits = {
  'replaces process.send': () => {
    process.send = () => {
      throw new Error('nobody may send');
    };
  },
  'deletes process.send': () => delete process.send,
  'removes all listeners of process': () => process.removeAllListeners(),
  'removes its IPC listeners': () => {
    for (const event of ['message', 'internalMessage', 'disconnect']) process.removeAllListeners(event);
  },
  'removes the listeners for requests': () => {
    server.removeAllListeners('request');
    server.removeAllListeners('upgrade');
    server.on('request', answer);
  },
  'has timers of its own': () => {
    const timer = { ref: () => timer, unref: () => timer };
    for (const name of ['setTimeout', 'setInterval', 'setImmediate']) globalThis[name] = () => timer;
    net.Socket.prototype.connect = () => {
      throw new Error('nobody may connect');
    };
  },
  'changes its user': () => {
    if (!server.listening) return;
    process.setgid('nogroup');
    process.setuid('nobody');
    process.setuid('nobody');
  },
  'ends with its parent': () => {
    process.on('disconnect', () => {
      note('disconnect');
      process.exit(7);
    });
    setInterval(() => {
      if (process.connected) return;
      note('not connected');
      process.exit(8);
    }, 20);
    // As apps do that report to pm2.
    setInterval(() => process.send({ type: 'process:msg' }), 20);
  },
  'disconnects itself': () => {
    process.on('disconnect', () => {
      note(`disconnect ${process.connected}`);
      process.send('late', (error) => note(`${error.code} ${error.message}`));
      process.on('error', (error) => note(`${error.code} ${error.message}`));
      process.disconnect();
    });
    process.disconnect();
  },
};

process.on('exit', (code) => note(`exit ${code}`));
habits[env.HABIT]();
server.listen(env.PORT, () => habits[env.HABIT]());

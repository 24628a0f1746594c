'use strict';
const cluster = require('cluster');
const fs = require('fs');
const os = require('os');
const { execFileSync } = require('child_process');

const ended = ['exit', 'SIGINT', 'SIGHUP', 'SIGTERM'];

/** Listens where the environment says: on UNIX_SOCKET_PATH, else on PORT and BIND_IP. */
function listen(server) {
  server.on('error', (error) => {
    console.error(error);
    process.exit(1);
  });
  server.once('listening', () => {
    if (process.env.METEOR_PRINT_ON_LISTEN) console.log('LISTENING');
  });
  const path = socketPath();
  if (path) listenOnPath(server, path);
  else server.listen({ port: port(), host: process.env.BIND_IP || '0.0.0.0' });
}

function port() {
  const text = process.env.PORT || '0';
  const number = Number(text);
  if (!Number.isInteger(number)) throw new Error('Invalid PORT specified');
  return number;
}

// In a cluster worker the path is a prefix only: each worker adds its name.
function socketPath() {
  const path = process.env.UNIX_SOCKET_PATH;
  if (!path || !cluster.isWorker) return path;
  return `${path}.${cluster.worker.process.env.name || cluster.worker.id}.sock`;
}

function listenOnPath(server, path) {
  removeExisting(path);
  server.listen({ path });
  // Right after listen(): true in a plain process, where the file is there by now; a cluster worker asks its
  // primary for the handle, so the file is not there yet and chmod throws. Meteor has the same flaw.
  setPermissions(path);
  setGroup(path);
  for (const event of ended) {
    // By path, and without an end to the process: a handler cancels the default action of the signal.
    process.on(event, () => {
      if (fs.existsSync(path)) fs.unlinkSync(path);
    });
  }
}

function removeExisting(path) {
  let stat;
  try {
    stat = fs.statSync(path);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  if (!stat.isSocket())
    throw new Error(`An existing file was found at "${path}" and it is not a socket file.`);
  fs.unlinkSync(path);
}

function setPermissions(path) {
  const text = (process.env.UNIX_SOCKET_PERMISSIONS || '').trim();
  if (!text) return;
  if (!/^[0-7]{3}$/.test(text)) throw new Error('Invalid UNIX_SOCKET_PERMISSIONS specified');
  fs.chmodSync(path, Number.parseInt(text, 8));
}

function setGroup(path) {
  const name = (process.env.UNIX_SOCKET_GROUP || '').trim();
  if (!name) return;
  fs.chownSync(path, os.userInfo().uid, groupId(name));
}

function groupId(name) {
  let line;
  try {
    line = execFileSync('getent', ['group', name], { encoding: 'utf8' });
  } catch {
    throw new Error('Invalid UNIX_SOCKET_GROUP name specified');
  }
  return Number(line.split(':')[2]);
}

module.exports = { listen };

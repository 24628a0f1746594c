'use strict';
const { Session, randomId } = require('./ddp-session.js');

// How long a session waits for a client that lost its network (Meteor 3.5; 0: as before that), and how much it keeps for it.
const gracePeriod = 15000;
const versions = ['1', 'pre2', 'pre1'];

/** The DDP server: its sessions by id, and the methods and publications they may name. */
function createDdpServer({ disconnectGracePeriod = gracePeriod } = {}) {
  const server = {
    sessions: new Map(),
    method_handlers: {},
    publish_handlers: {},
    options: { disconnectGracePeriod, maxMessageQueueLength: 100, heartbeatInterval: 15000 },
    accept: (socket) => accept(server, socket),
  };
  return server;
}

function accept(server, socket) {
  // Old clients wait for this before they speak; new ones ignore it.
  socket.write(JSON.stringify({ server_id: '0' }));
  let session = null;
  socket.on('data', (text) => {
    const message = parse(socket, text);
    if (!message) return;
    if (message.msg !== 'connect') {
      if (session) session.processMessage(message);
      else sendError(socket, 'Must connect first', message);
    } else if (session) sendError(socket, 'Already connected', message);
    else session = connect(server, socket, message);
  });
  socket.on('close', () => {
    if (session && session.socket === socket) session.close();
  });
}

function parse(socket, text) {
  let message = null;
  try {
    message = JSON.parse(text);
  } catch {
    // Falls through: answered as any other bad message.
  }
  if (message && typeof message === 'object' && typeof message.msg === 'string') return message;
  sendError(socket, 'Bad request', text);
  return null;
}

function sendError(socket, reason, offendingMessage) {
  socket.write(JSON.stringify({ msg: 'error', reason, offendingMessage }));
}

function connect(server, socket, { version, support, session: id, receivedCount }) {
  const offered = Array.isArray(support) ? support : [];
  const agreed = offered.find((each) => versions.includes(each)) || versions[0];
  if (agreed !== version) {
    // The client comes again with the version named here.
    socket.write(JSON.stringify({ msg: 'failed', version: agreed }));
    socket.close();
    return null;
  }
  const known = typeof id === 'string' ? server.sessions.get(id) : undefined;
  if (known && known.resume(socket, receivedCount)) return known;
  const session = new Session(server, randomId(), agreed);
  server.sessions.set(session.id, session);
  session.start(socket);
  return session;
}

module.exports = { createDdpServer };

'use strict';
// Answers each request as that says itself (X-Answer: JSON, `answer.ts` has its type), and tells the runner of the
// test, over a UNIX socket, what it saw of it. Runs on Node 14 to 26, bare and under Radiant.
const http = require('http');
const net = require('net');
const { answer } = require('./app-answers.cjs');

const control = net.connect(process.env.SAMENESS_CONTROL);
const tell = (message) => control.write(`${JSON.stringify(message)}\n`);

/** Requests that are not over, by the exchange that they belong to. */
const open = new Map();
/** The exchanges that somebody wants to hear of when nothing of them is open. */
const wanted = new Set();

const valueOf = (request, name) => {
  const at = request.rawHeaders.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === name);
  return at < 0 ? undefined : request.rawHeaders[at + 1];
};

function count(exchange, by) {
  const left = (open.get(exchange) || 0) + by;
  if (left > 0) open.set(exchange, left);
  else open.delete(exchange);
  if (left === 0 && wanted.delete(exchange)) tell({ settled: exchange });
}

/** What the app sees of one request, told when it is over. Returns the plan for its answer. */
function witness(event, request, end, more) {
  const id = valueOf(request, 'x-case') || '';
  const exchange = id.split('.')[0];
  let plan = {};
  try {
    plan = JSON.parse(valueOf(request, 'x-answer') || '{}');
  } catch {
    // a malformed one that got through
  }
  const { socket, method, url, httpVersion, rawHeaders } = request;
  const { remoteAddress, remoteFamily, localAddress } = socket;
  const saw = { id, event, method, url, httpVersion, rawHeaders, remoteAddress, remoteFamily, localAddress };
  Object.assign(saw, { encrypted: socket.encrypted === true, aborted: false }, more);
  const chunks = [];
  if (plan.reads !== false) request.on('data', (chunk) => chunks.push(chunk));
  request.on('aborted', () => (saw.aborted = true));
  request.on('error', () => {});
  count(exchange, 1);
  let told = false;
  end(() => {
    if (told) return;
    told = true;
    // What belongs to its end comes in the same turn.
    setImmediate(() => {
      if (plan.reads !== false) {
        saw.body = Buffer.concat(chunks).toString('latin1');
        saw.complete = request.complete;
        saw.trailers = request.rawTrailers;
      }
      tell({ saw });
      count(exchange, -1);
    });
  });
  return plan;
}

function onRequest(event) {
  return (request, response) => {
    const { socket } = request;
    // Asks which process has the connection, ahead of the exchange.
    if (request.url === '/prime') {
      request.resume().on('end', () => response.end(String(process.pid)));
      return;
    }
    const plan = witness(event, request, (over) => {
      response.on('close', over);
      socket.on('close', over);
    });
    answer(plan, event, request, response);
  };
}

/** A connection that is no longer HTTP: echoes, and says something more when its client has no more to say. */
function onUpgrade(event) {
  return (request, socket, head) => {
    socket.on('error', () => {});
    const plan = witness(event, request, (over) => socket.on('close', over), {
      head: head.toString('latin1'),
    });
    if (plan.refuses) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 3\r\n\r\nno\n');
      return;
    }
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: Upgrade\r\n\r\n');
    if (head.length > 0) socket.write(head);
    socket.on('data', (chunk) => socket.write(chunk));
    socket.on('end', () => setTimeout(() => socket.end('and this comes late'), 8));
  };
}

const server = http.createServer();
// An idle connection must not end because a busy machine stood still for the five seconds that Node gives it.
server.keepAliveTimeout = 60_000;

const onClientError = (error, socket) => {
  if (socket.writable)
    socket.end(`HTTP/1.1 422 Own\r\nContent-Length: ${error.code.length}\r\n\r\n${error.code}`);
  else socket.destroy();
};

/** What a server may be set to, by the names in `modes.ts`. */
const modes = {
  plain: () => {},
  listening: () => {
    server.on('checkContinue', onRequest('checkContinue'));
    server.on('checkExpectation', onRequest('checkExpectation'));
    server.on('upgrade', onUpgrade('upgrade'));
    server.on('connect', onUpgrade('connect'));
    server.on('clientError', onClientError);
    server.httpAllowHalfOpen = true;
  },
  lenient: () => {
    server.insecureHTTPParser = true;
    server.maxHeaderSize = 32 * 1024;
  },
};
const original = {
  httpAllowHalfOpen: server.httpAllowHalfOpen,
  insecureHTTPParser: server.insecureHTTPParser,
  maxHeaderSize: server.maxHeaderSize,
};

function setMode(mode) {
  for (const event of ['request', 'checkContinue', 'checkExpectation', 'upgrade', 'connect', 'clientError'])
    server.removeAllListeners(event);
  Object.assign(server, original);
  server.on('request', onRequest('request'));
  modes[mode]();
  tell({ mode });
}

let text = '';
control.setEncoding('utf8').on('data', (more) => {
  const lines = (text + more).split('\n');
  text = lines.pop();
  for (const line of lines) {
    const { mode, settle } = JSON.parse(line);
    if (mode !== undefined) setMode(mode);
    else if (open.has(settle)) wanted.add(settle);
    else tell({ settled: settle });
  }
});
control.on('error', () => {});

// A worker that would have died says of what and lives on: so one fault does not hide the next hundred.
process.on('uncaughtException', (error) => {
  if (error && error.planned) error.planned();
  else tell({ uncaught: String((error && error.stack) || error) });
});

// Bare it listens as Radiant's public sockets do: an address of IPv4 is one of IPv4.
server.listen(Number(process.env.PORT), process.env.SAMENESS_HOST, () => {
  tell({ pid: process.pid, stand: process.env.SAMENESS_STAND });
  setMode('plain');
});

'use strict';
const fs = require('fs');
const http = require('http');

// Notes in the journal that a request has begun, and answers it as its path says: /MODE/MS/ID. What ends with the line
// `end of ID` is whole.
const note = (id) => fs.appendFileSync(process.env.JOURNAL, `${id} ${process.pid}\n`);
const read = (url) => {
  const [, mode, ms, id] = url.split('/');
  return { mode, ms: Number(ms), id, last: `end of ${id}\n` };
};

const answers = {
  now: (req, res, { last }) => res.end(last),
  later: (req, res, { ms, last }) => setTimeout(() => res.end(last), ms),
  stream: (req, res, { ms, last }) => {
    res.write('begun');
    setTimeout(() => res.end(last), ms);
  },
  big: (req, res, { last }) => {
    res.write(Buffer.alloc(300000, 'x'));
    res.end(last);
  },
  closes: (req, res, { last }) => {
    req.resume().on('end', () => res.writeHead(200, { Connection: 'close' }).end(last));
  },
  cut: (req, res, { ms }) => {
    res.write('half');
    setTimeout(() => req.socket.destroy(), ms);
  },
  read: (req, res, { ms, last }) => {
    req.resume().on('end', () => setTimeout(() => res.end(last), ms));
  },
  throws: (req, res, { ms }) => {
    setTimeout(() => {
      throw new Error('boom');
    }, ms);
  },
};

const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
const refusal = 'HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: ';

function echo(socket, head) {
  socket.write(switching);
  socket.write(head);
  socket.on('data', (chunk) => socket.write(chunk));
}

const upgrades = {
  now: (socket, head) => echo(socket, head),
  later: (socket, head, { ms }) => setTimeout(() => echo(socket, head), ms),
  leaves: (socket, head, { ms, last }) => {
    socket.resume().write(switching);
    setTimeout(() => socket.end(last), ms);
  },
  refused: (socket, head, { last }) => socket.resume().end(`${refusal}${last.length}\r\n\r\n${last}`),
};

const server = http.createServer((req, res) => {
  const asked = read(req.url);
  if (answers[asked.mode] === undefined) return res.end(`pid ${process.pid}\n`);
  note(asked.id);
  return answers[asked.mode](req, res, asked);
});
server.on('upgrade', (req, socket, head) => {
  const asked = read(req.url);
  note(asked.id);
  socket.on('error', () => {});
  // Who half-closes is sent one line more, later.
  socket.on('end', () => setTimeout(() => socket.end(asked.last), asked.ms));
  upgrades[asked.mode](socket, head, asked);
});
server.listen(Number(process.env.PORT));

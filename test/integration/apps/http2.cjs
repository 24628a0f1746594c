'use strict';
const http = require('http');

/** Answers in every way that HTTP/2 must carry; MIDDLEWARE says what it is built with. */
const counts = { requests: 0, open: 0, mostOpen: 0, megabytes: 0 };
const routes = {
  '/who': (req, res) => {
    const { method, url, httpVersion, headers } = req;
    const { remoteAddress, encrypted = false } = req.socket;
    res.setHeader('Content-Type', 'text/html');
    res.setHeader('Set-Cookie', ['one=1', 'two=2']);
    res.end(
      JSON.stringify({ pid: process.pid, method, url, httpVersion, headers, remoteAddress, encrypted }),
    );
  },
  '/echo': (req, res) => {
    res.writeHead(200, { 'Content-Type': 'application/octet-stream' });
    req.pipe(res);
  },
  '/trailers': (req, res) => {
    req.resume();
    req.on('end', () => {
      res.writeHead(200, { Trailer: 'X-Sum' });
      res.write('body');
      res.addTrailers({ 'X-Sum': `sum of ${req.trailers['x-given']}` });
      res.end();
    });
  },
  '/big': (req, res) => {
    let left = 64;
    let written = 0;
    const more = () => {
      while (left > 0) {
        left -= 1;
        written += 1 << 20;
        counts.megabytes += 1;
        console.log(`wrote ${written}`);
        if (!res.write(Buffer.alloc(1 << 20, 'x'))) return res.once('drain', more);
      }
      return res.end();
    };
    more();
  },
  '/held': (req, res) => {
    res.writeHead(200);
    res.write('first');
    process.once('SIGUSR2', () => res.end(' last'));
  },
  '/never': () => {},
  '/slow': (req, res) => setTimeout(() => res.end(JSON.stringify({ pid: process.pid })), 300),
  '/unread': (req, res) => {
    process.once('go', () => routes['/read'](req, res));
  },
  '/go': (req, res) => {
    process.emit('go');
    res.end();
  },
  '/read': (req, res) => {
    let bytes = 0;
    req.on('data', (chunk) => (bytes += chunk.length));
    req.on('end', () => res.end(String(bytes)));
  },
  '/counts': (req, res) => res.end(JSON.stringify({ ...counts, pid: process.pid })),
  '/gone': (req, res) => {
    res.write('part');
    setImmediate(() => res.socket.destroy());
  },
};

function answer(req, res, next) {
  const route = routes[req.url.split('?')[0]];
  counts.requests += 1;
  counts.open += 1;
  counts.mostOpen = Math.max(counts.mostOpen, counts.open);
  res.once('close', () => (counts.open -= 1));
  if (route) route(req, res);
  else next();
}

const missing = (req, res) => {
  res.statusCode = 404;
  res.end();
};

/** As connect does it, which Meteor uses: functions in a row, on Node's own objects. */
function plain() {
  const stack = [answer, missing];
  return (req, res) => {
    const next = (i) => stack[i](req, res, () => next(i + 1));
    next(0);
  };
}

function express() {
  const app = require('express')();
  for (const path of Object.keys(routes)) app.all(path, answer);
  app.get('/json', (req, res) => res.json({ secure: req.secure, host: req.hostname }));
  return app;
}

http
  .createServer(process.env.MIDDLEWARE === 'express' ? express() : plain())
  .listen(Number(process.env.PORT));

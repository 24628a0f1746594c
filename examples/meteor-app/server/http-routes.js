'use strict';
const crypto = require('crypto');
const { spawn } = require('child_process');
const { busyLoop, randomBytes } = require('./work.js');

/**
 * The routes under /api/ that tests, demo and benchmarks ask. `identity()` tells the worker, `clientAddress(req)`
 * the client; `settings` may be null (an app that is no Meteor app). Returns false for any other path.
 */
function createHttpRoutes({ identity, clientAddress, settings }) {
  const context = { identity, clientAddress, settings };
  return (req, res, url) => {
    const name = /^\/api\/([a-z]+)$/.exec(url.pathname);
    const route = name && Object.prototype.hasOwnProperty.call(routes, name[1]) && routes[name[1]];
    if (!route) return false;
    route(req, res, url.searchParams, context);
    return true;
  };
}

function json(res, value, status = 200) {
  const body = JSON.stringify(value);
  res.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
  res.end(body);
}

/** A number from the query, within bounds. */
function number(query, name, fallback, max) {
  const value = Number(query.get(name) === null ? fallback : query.get(name));
  return Number.isFinite(value) ? Math.min(Math.max(0, value), max) : fallback;
}

/** Reads a body, counting and hashing it without keeping it. */
function digestBody(req, done) {
  const hash = crypto.createHash('sha256');
  let length = 0;
  req.on('data', (chunk) => {
    length += chunk.length;
    hash.update(chunk);
  });
  req.on('end', () => done({ length, sha256: hash.digest('hex') }));
}

const routes = {
  whoami(req, res, query, { identity, clientAddress }) {
    const { method, url, headers, httpVersion } = req;
    const { remoteAddress = null, remotePort = null } = req.socket;
    json(res, {
      ...identity(),
      clientAddress: clientAddress(req),
      remoteAddress,
      remotePort,
      headers,
      httpVersion,
      method,
      url,
    });
  },

  echo(req, res, query, { identity }) {
    digestBody(req, (body) => {
      const { method, url, rawHeaders, rawTrailers, trailers, httpVersion } = req;
      json(res, { pid: identity().pid, method, url, httpVersion, rawHeaders, rawTrailers, trailers, body });
    });
  },

  // Chunks, `ms` apart, and a trailer with the digest of them all.
  stream(req, res, query) {
    const n = number(query, 'n', 10, 100000);
    const ms = number(query, 'ms', 0, 60000);
    const hash = crypto.createHash('sha256');
    res.writeHead(200, { 'Content-Type': 'text/plain', Trailer: 'X-Sha256' });
    let i = 0;
    const next = () => {
      if (res.destroyed) return;
      if (i === n) {
        res.addTrailers({ 'X-Sha256': hash.digest('hex') });
        res.end();
        return;
      }
      const line = `chunk ${i++}\n`;
      hash.update(line);
      res.write(line, () => setTimeout(next, ms));
    };
    next();
  },

  sse(req, res, query, { identity }) {
    const n = number(query, 'n', Infinity, Infinity);
    const ms = number(query, 'ms', 1000, 60000);
    res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
    let id = 0;
    const send = () => {
      res.write(`id: ${id}\ndata: ${JSON.stringify({ id, pid: identity().pid })}\n\n`);
      id += 1;
      if (id < n) return;
      clearInterval(timer);
      res.end();
    };
    const timer = setInterval(send, ms);
    res.on('close', () => clearInterval(timer));
    send();
  },

  upload(req, res, query, { identity }) {
    digestBody(req, (body) => json(res, { pid: identity().pid, ...body }));
  },

  bytes(req, res, query) {
    const n = Math.floor(number(query, 'n', 1024, 2 ** 31));
    res.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': n });
    if (req.method === 'HEAD') return res.end();
    return randomBytes(n).pipe(res);
  },

  block(req, res, query, { identity }) {
    const ms = number(query, 'ms', 1000, 600000);
    busyLoop(ms);
    json(res, { pid: identity().pid, blocked: ms });
  },

  slow(req, res, query, { identity }) {
    const ms = number(query, 'ms', 1000, 600000);
    setTimeout(() => json(res, { pid: identity().pid, waited: ms }), ms);
  },

  cookies(req, res, query, { identity }) {
    res.setHeader('Set-Cookie', ['first=1; Path=/', 'second=2; Path=/; HttpOnly']);
    json(res, { pid: identity().pid, received: req.headers.cookie || null });
  },

  crash() {
    process.exit(1);
  },

  settings(req, res, query, { settings }) {
    json(res, settings ? settings.fingerprint() : null);
  },

  // Proves that the environment is small enough for a child: E2BIG comes as an error here.
  spawn(req, res, query, { identity }) {
    const answer = { pid: identity().pid, child: null, error: null };
    const code = 'process.stdout.write(JSON.stringify({ pid: process.pid, execArgv: process.execArgv }))';
    let child;
    try {
      child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    } catch (error) {
      json(res, { ...answer, error: error.code }, 500);
      return;
    }
    let output = '';
    child.on('error', (error) => json(res, { ...answer, error: error.code }, 500));
    child.stdout.on('data', (chunk) => (output += chunk));
    child.on('close', (exitCode) => {
      if (exitCode === 0) json(res, { ...answer, child: JSON.parse(output) });
    });
  },
};

module.exports = { createHttpRoutes };

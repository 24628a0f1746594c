'use strict';
const fs = require('fs');
const zlib = require('zlib');
const { pipeline } = require('stream');

// Below this size compression does not pay.
const compressFrom = 1024;
const compressible = /^(text\/|application\/(javascript|json))|svg\+xml/;

function wantsGzip(req, headers, size) {
  return (
    size >= compressFrom &&
    compressible.test(headers['Content-Type'] || '') &&
    /\bgzip\b/.test(req.headers['accept-encoding'] || '')
  );
}

/** Sends text, compressed anew for each request, as Meteor does. */
function sendText(req, res, status, headers, text) {
  const body = Buffer.from(text);
  const all = { ...headers, Vary: 'Accept-Encoding' };
  if (!wantsGzip(req, all, body.length)) {
    res.writeHead(status, { ...all, 'Content-Length': body.length });
    res.end(req.method === 'HEAD' ? undefined : body);
    return;
  }
  res.writeHead(status, { ...all, 'Content-Encoding': 'gzip' });
  if (req.method === 'HEAD') res.end();
  else {
    const gzip = zlib.createGzip();
    gzip.pipe(res);
    gzip.end(body);
  }
}

/** Sends a file read and compressed anew for each request; one byte range of it if the client asks. */
function sendFile(req, res, headers, file, size) {
  if (headers.ETag && req.headers['if-none-match'] === headers.ETag) {
    res.writeHead(304, headers);
    res.end();
    return;
  }
  const range = parseRange(req.headers.range, size);
  if (range === 'unsatisfiable') {
    res.writeHead(416, { 'Content-Range': `bytes */${size}` });
    res.end();
    return;
  }
  const gzip = !range && wantsGzip(req, headers, size);
  const all = { ...headers, Vary: 'Accept-Encoding', 'Accept-Ranges': 'bytes' };
  if (gzip) all['Content-Encoding'] = 'gzip';
  else all['Content-Length'] = range ? range.end - range.start + 1 : size;
  if (range) all['Content-Range'] = `bytes ${range.start}-${range.end}/${size}`;
  res.writeHead(range ? 206 : 200, all);
  if (req.method === 'HEAD') {
    res.end();
    return;
  }
  const source = fs.createReadStream(file, range || undefined);
  // An error means an aborted client or a file that is gone; the answer is cut off in both.
  const done = (error) => error && res.destroy();
  if (gzip) pipeline(source, zlib.createGzip(), res, done);
  else pipeline(source, res, done);
}

function parseRange(header, size) {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header || '');
  if (!match || (!match[1] && !match[2])) return null;
  const start = match[1] ? Number(match[1]) : Math.max(0, size - Number(match[2]));
  const end = match[1] && match[2] ? Math.min(Number(match[2]), size - 1) : size - 1;
  return start > end ? 'unsatisfiable' : { start, end };
}

module.exports = { sendText, sendFile };

'use strict';
const path = require('path');
const { sendFile, sendText } = require('./respond.js');

const oneYear = 365 * 24 * 60 * 60;
const types = {
  js: 'application/javascript; charset=UTF-8',
  'dynamic js': 'application/javascript; charset=UTF-8',
  css: 'text/css; charset=UTF-8',
};
const extensions = {
  '.txt': 'text/plain; charset=UTF-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json; charset=UTF-8',
};

function headersOf(entry) {
  return {
    'Content-Type': types[entry.type] || extensions[path.extname(entry.path)] || 'application/octet-stream',
    'Cache-Control': `public, max-age=${entry.cacheable ? oneYear : 0}`,
    ETag: `"${entry.hash}"`,
  };
}

/** Answers what the manifests name, and their absence; returns false when the path is no file of ours. */
function createStaticFiles({ programs, autoupdate }) {
  const files = new Map();
  const manifests = new Map();
  for (const client of Object.values(programs.clients)) {
    manifests.set(`${client.urlPrefix}/manifest.json`, client);
    for (const entry of client.manifest) {
      const file = {
        headers: headersOf(entry),
        path: path.join(client.folder, entry.path),
        size: entry.size,
      };
      const url = entry.url.split('?')[0];
      // The default program answers on the bare path too; it is loaded first.
      if (!files.has(url)) files.set(url, file);
      files.set(client.urlPrefix + url, file);
    }
  }

  return function serve(req, res, url) {
    const client = manifests.get(url.pathname);
    const file = files.get(url.pathname);
    if (!client && !file) return serveMissing(req, res, url);
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.writeHead(req.method === 'OPTIONS' ? 200 : 405, {
        Allow: 'OPTIONS, GET, HEAD',
        'Content-Length': 0,
      });
      res.end();
    } else if (file) sendFile(req, res, file.headers, file.path, file.size);
    else sendManifest(req, res, client, autoupdate.versions[client.arch]);
    return true;
  };
}

function sendManifest(req, res, client, versions) {
  const headers = {
    'Content-Type': 'application/json; charset=UTF-8',
    'Cache-Control': 'public, max-age=0',
    ETag: `"${versions.version}"`,
  };
  const body = { format: 'web-program-pre1', ...versions, manifest: client.manifest };
  sendText(req, res, 200, headers, JSON.stringify(body));
}

// A file of another release: a script that is missing must not be the app page, and a style sheet that is
// missing carries a rule by which the client notices.
function serveMissing(req, res, url) {
  const plain = { 'Content-Type': 'text/plain; charset=UTF-8', 'Cache-Control': 'no-cache' };
  if (url.searchParams.has('meteor_css_resource')) {
    const css = { 'Content-Type': 'text/css; charset=UTF-8', 'Cache-Control': 'no-cache' };
    sendText(req, res, 200, css, '.meteor-css-not-found-error { width: 0px;}');
  } else if (url.searchParams.has('meteor_js_resource') || url.searchParams.has('meteor_dont_serve_index')) {
    sendText(req, res, 404, plain, '404 Not Found');
  } else if (url.pathname === '/favicon.ico' || url.pathname === '/robots.txt') {
    sendText(req, res, 404, plain, '404 Not Found');
  } else return false;
  return true;
}

module.exports = { createStaticFiles };

'use strict';
const http = require('http');
const { createStaticFiles } = require('./static-files.js');
const { createPage } = require('./page.js');
const { requestUrl } = require('./request-url.js');
const { createDynamicImport } = require('./dynamic-import.js');

const idleTimeout = 5000;
const requestTimeout = 120000;

/** The HTTP server: what comes before the static files, they, the routes, and the page for all the rest. */
function createWeb({ rootUrl, programs, autoupdate, settings, routes }) {
  const server = http.createServer();
  const staticFiles = createStaticFiles({ programs, autoupdate });
  const dynamicImport = createDynamicImport({ programs });
  const page = createPage({ programs, autoupdate, rootUrl });
  const guard = createGuard(settings.values.example || {});

  server.setTimeout(idleTimeout);
  server.on('request', (req, res) => {
    if (guard(req, res)) return;
    const url = localUrl(req, rootUrl.pathPrefix);
    if (!url) {
      res.writeHead(404, { 'Content-Type': 'text/plain' });
      res.end('Unknown path\n');
      return;
    }
    if (dynamicImport(req, res, url) || staticFiles(req, res, url) || routes(req, res, url)) return;
    page(req, res);
  });
  // Only after SockJS took over the listeners, or its polls would be cut after five seconds.
  return { server, adjustTimeouts: () => server.on('request', adjustTimeout) };
}

// A request may take two minutes; between requests a connection lives five seconds.
function adjustTimeout(req, res) {
  req.setTimeout(requestTimeout);
  res.once('finish', () => res.setTimeout(idleTimeout));
}

/** The URL below ROOT_URL's path, or null when it is outside. */
function localUrl(req, prefix) {
  const url = requestUrl(req);
  if (url && prefix) {
    if (url.pathname !== prefix && !url.pathname.startsWith(`${prefix}/`)) return null;
    url.pathname = url.pathname.slice(prefix.length) || '/';
  }
  return url;
}

/**
 * Stands where an app's raw handlers stand, before the static files: settings `example.headers` are added to
 * every answer (a content security policy, say), and `example.password` protects everything.
 */
function createGuard({ headers = {}, password }) {
  return (req, res) => {
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
    if (!password) return false;
    const expected = `Basic ${Buffer.from(`radiant:${password}`).toString('base64')}`;
    if (req.headers.authorization === expected) return false;
    res.writeHead(401, { 'WWW-Authenticate': 'Basic realm="example"', 'Content-Type': 'text/plain' });
    res.end('Password required\n');
    return true;
  };
}

module.exports = { createWeb };

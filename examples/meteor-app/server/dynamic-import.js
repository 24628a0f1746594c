'use strict';
const fs = require('fs');
const path = require('path');
const { sendText } = require('./respond.js');

const fetchPath = '/__meteor__/dynamic-import/fetch';

/**
 * POST a tree whose leaves are the modules wanted, get the same tree with their sources: the code that a page
 * of this release loads late. A module of another release has no source here: null.
 */
function createDynamicImport({ programs }) {
  const client = programs.clients['web.browser'];
  const sources = new Map();
  for (const entry of client.manifest) {
    if (entry.type !== 'dynamic js') continue;
    sources.set(
      entry.url.replace(/^\/dynamic/, ''),
      fs.readFileSync(path.join(client.folder, entry.path), 'utf8'),
    );
  }
  const resolve = (tree, at) =>
    Object.fromEntries(
      Object.entries(tree).map(([name, node]) => {
        const id = `${at}/${name}`;
        return [name, node && typeof node === 'object' ? resolve(node, id) : sources.get(id) || null];
      }),
    );

  return function serve(req, res, url) {
    if (url.pathname !== fetchPath) return false;
    const json = { 'Content-Type': 'application/json; charset=UTF-8' };
    if (req.method !== 'POST') {
      sendText(req, res, 405, json, JSON.stringify({ error: `method ${req.method} not allowed` }));
      return true;
    }
    const chunks = [];
    req.on('data', (chunk) => chunks.push(chunk));
    req.on('end', () => {
      let tree;
      try {
        tree = JSON.parse(Buffer.concat(chunks).toString());
      } catch {
        return sendText(req, res, 400, json, JSON.stringify({ error: 'not JSON' }));
      }
      return sendText(req, res, 200, json, JSON.stringify(resolve(tree, '')));
    });
    return true;
  };
}

module.exports = { createDynamicImport };

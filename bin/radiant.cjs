#!/usr/bin/env node
'use strict';

// Must run on any Node: plain old JavaScript, and the modern parts only behind the version check.
var fs = require('fs');
var path = require('path');

var parts = process.versions.node.split('.').map(Number);
var major = parts[0];
var minor = parts[1];
// Radiant needs module.registerHooks and type stripping: 22.18, 23.6, and everything from 24 on.
var modern = major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);

if (modern) {
  var main = path.join(__dirname, '..', 'dist', 'cli.cjs');
  if (fs.existsSync(main)) require(main);
  else {
    console.error('radiant: ' + main + ' is not built yet; run: npm ci && npm run build');
    process.exit(1);
  }
} else {
  var args = ['npx', '-p', 'node@24', '-p', 'radiant', 'radiant'].concat(process.argv.slice(2)).join(' ');
  console.error(
    'radiant: Node ' +
      process.versions.node +
      ' is too old for Radiant, which needs 22.18 or newer; run: ' +
      args,
  );
  process.exit(72); // NODE_TOO_OLD in src/common/errors.ts; a test compares the two
}

'use strict';
// Runs as the install script, like the one of a Meteor bundle, which calls `npm rebuild` for its packages: npm by its name,
// with the folder of the running Node first on PATH. It leaves a record of who installed the bundle: the Node version,
// both npm and the user are what a manager can get wrong.
const { execFileSync } = require('child_process');
const fs = require('fs');
const path = require('path');

const PATH = [path.dirname(process.execPath), process.env.PATH].join(path.delimiter);
const record = {
  node: process.version,
  npm: process.env.npm_config_user_agent || null,
  npmByName: execFileSync('npm', ['--version'], { env: { ...process.env, PATH }, encoding: 'utf8' }).trim(),
  uid: process.getuid ? process.getuid() : null,
};
fs.writeFileSync(path.join(__dirname, 'npm-rebuild.json'), `${JSON.stringify(record, null, 2)}\n`);

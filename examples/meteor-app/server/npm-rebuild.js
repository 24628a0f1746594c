'use strict';
// Runs as the install script, like the one of a Meteor bundle. It leaves a record of who installed the
// bundle: the Node version, npm's name and the user are what a manager can get wrong.
const fs = require('fs');
const path = require('path');

const record = {
  node: process.version,
  npm: process.env.npm_config_user_agent || null,
  uid: process.getuid ? process.getuid() : null,
};
fs.writeFileSync(path.join(__dirname, 'npm-rebuild.json'), `${JSON.stringify(record, null, 2)}\n`);

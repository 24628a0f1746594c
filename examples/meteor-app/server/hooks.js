'use strict';
const fs = require('fs');

/** EXAMPLE_HOOKS names a file to which each run of an app's hook adds its name: which of them ran, in whichever worker. */
function noteHooks(server, accounts) {
  const path = process.env.EXAMPLE_HOOKS;
  if (!path) return;
  const note = (name) => () => {
    fs.appendFileSync(path, `${name}\n`);
    return true;
  };
  server.onConnection(note('onConnection'));
  accounts.validateLoginAttempt(note('validateLoginAttempt'));
  accounts.onLogin(note('onLogin'));
  accounts.onLogout(note('onLogout'));
}

module.exports = { noteHooks };

'use strict';
const { AccountsServer } = require('./accounts.js');
const { byName, resume } = require('./login-handlers.js');
const { createLoginMethods } = require('./login-methods.js');

const ownFields = { profile: 1, username: 1, emails: 1 };

/** Gives the server its users: the login methods, and to each session the document of its own user. */
function installAccounts(server, users) {
  const accounts = new AccountsServer(server, users);
  accounts.registerLoginHandler('resume', resume(accounts));
  accounts.registerLoginHandler('name', byName(accounts));
  server.methods(createLoginMethods(accounts));
  server.publish(null, function ownUser() {
    return this.userId ? users.find({ _id: this.userId }, { fields: ownFields }) : null;
  });
  return accounts;
}

module.exports = { installAccounts };

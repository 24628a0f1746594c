'use strict';
const { MatchError, MeteorError } = require('../ddp/errors.js');
const { generateStampedToken } = require('./tokens.js');

/** The methods of accounts-base. */
function createLoginMethods(accounts) {
  return {
    async login(options, ...more) {
      if (options === null || typeof options !== 'object') throw new MatchError();
      const result = await accounts._runLoginHandlers(this, options);
      return accounts._attemptLogin(this, 'login', [options, ...more], result);
    },

    async logout() {
      const token = accounts._getLoginToken(this.connection.id);
      accounts._setLoginToken(this.userId, this.connection, null);
      if (token && this.userId) await accounts.destroyToken(this.userId, token);
      await accounts._successfulLogout(this.connection, this.userId);
      await this.setUserId(null);
    },

    async getNewToken() {
      const current = await currentToken(accounts, this);
      const stamped = { ...generateStampedToken(), when: current.when };
      await accounts._insertLoginToken(this.userId, stamped);
      return accounts._loginUser(this, this.userId, stamped);
    },

    async removeOtherTokens() {
      if (!this.userId) throw new MeteorError('You are not logged in.');
      const hashedToken = { $ne: accounts._getLoginToken(this.connection.id) };
      await accounts.users.updateAsync(this.userId, {
        $pull: { 'services.resume.loginTokens': { hashedToken } },
      });
    },
  };
}

/** The stamped token, hashed, that the caller is logged in with. */
async function currentToken(accounts, { userId, connection }) {
  const user = userId ? await accounts.users.findOneAsync(userId) : undefined;
  if (!user) throw new MeteorError('You are not logged in.');
  const hashed = accounts._getLoginToken(connection.id);
  const token = user.services.resume.loginTokens.find((each) => each.hashedToken === hashed);
  if (!token) throw new MeteorError('Invalid login token');
  return token;
}

module.exports = { createLoginMethods };

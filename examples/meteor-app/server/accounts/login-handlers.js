'use strict';
const { MatchError, MeteorError } = require('../ddp/errors.js');
const { expirationOf, hashToken } = require('./tokens.js');

/** Login with a token from an earlier login: `{ resume: token }`. */
function resume(accounts) {
  return async ({ resume: token }) => {
    if (!token) return undefined;
    if (typeof token !== 'string') throw new MatchError();
    const hashedToken = hashToken(token);
    const user = await accounts.users.findOneAsync({
      'services.resume.loginTokens.hashedToken': hashedToken,
    });
    if (!user) {
      const reason = "You've been logged out by the server. Please log in again.";
      return { error: new MeteorError(403, reason) };
    }
    const { when } = user.services.resume.loginTokens.find((each) => each.hashedToken === hashedToken);
    if (new Date() >= expirationOf(when)) {
      const error = new MeteorError(403, 'Your session has expired. Please log in again.');
      return { userId: user._id, error };
    }
    return { userId: user._id, stampedLoginToken: { token, when } };
  };
}

/** The example's own: whoever says a name is that user, `{ username }`. */
function byName(accounts) {
  return async ({ username }) => {
    if (typeof username !== 'string' || username === '') return undefined;
    // Two workers that make the user at once make the same one.
    const userId = `user-${username}`;
    if (!(await accounts.users.findOneAsync(userId))) {
      await accounts.users.insertAsync({ _id: userId, username, profile: { joined: new Date() } });
    }
    return { userId };
  };
}

module.exports = { resume, byName };

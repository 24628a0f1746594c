'use strict';
const crypto = require('crypto');
const { Random } = require('../ddp/random.js');

const lifetime = 90 * 24 * 3600 * 1000;

/** A login token as the client gets it. */
function generateStampedToken() {
  return { token: Random.secret(), when: new Date() };
}

/** A token as the database and the server's memory have it. */
function hashToken(token) {
  return crypto.createHash('sha256').update(token).digest('base64');
}

function hashStampedToken({ token, ...stamped }) {
  return { ...stamped, hashedToken: hashToken(token) };
}

function expirationOf(when) {
  return new Date(new Date(when).getTime() + lifetime);
}

module.exports = { generateStampedToken, hashToken, hashStampedToken, expirationOf };

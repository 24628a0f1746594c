'use strict';
const { EJSON } = require('../ddp/ejson.js');
const { Hook } = require('../ddp/hook.js');
const { DDP } = require('../ddp/invocations.js');
const { MeteorError } = require('../ddp/errors.js');
const { ConnectionTokens } = require('./connection-tokens.js');
const { generateStampedToken, hashToken, hashStampedToken, expirationOf } = require('./tokens.js');

/** Who may be whom: the login methods' work, and what apps hook into. */
class AccountsServer extends ConnectionTokens {
  constructor(server, users) {
    super(users);
    this._server = server;
    this._loginHandlers = [];
    this._validateLoginHook = new Hook();
    this._onLoginHook = new Hook({ debugPrintExceptions: 'onLogin callback' });
    this._onLoginFailureHook = new Hook({ debugPrintExceptions: 'onLoginFailure callback' });
    this._onLogoutHook = new Hook({ debugPrintExceptions: 'onLogout callback' });
    server.onConnection((connection) => this._trackConnection(connection));
  }

  validateLoginAttempt(callback) {
    return this._validateLoginHook.register(callback);
  }

  onLogin(callback) {
    return this._onLoginHook.register(callback);
  }

  onLoginFailure(callback) {
    return this._onLoginFailureHook.register(callback);
  }

  onLogout(callback) {
    return this._onLogoutHook.register(callback);
  }

  /** Adds a way to log in: `handler(options)` gives undefined for what it does not know, else `{ userId }` or `{ error }`. */
  registerLoginHandler(name, handler) {
    this._loginHandlers.push({ name, handler });
  }

  userId() {
    const invocation = DDP._CurrentMethodInvocation.get() || DDP._CurrentPublicationInvocation.get();
    if (!invocation) throw new Error('Meteor.userId can only be invoked in method calls or publications.');
    return invocation.userId;
  }

  async _runLoginHandlers(invocation, options) {
    for (const { name, handler } of this._loginHandlers) {
      const result = await tryLogin(name, () => handler.call(invocation, options));
      if (result) return result;
      if (result !== undefined) {
        throw new MeteorError(400, 'A login handler should return a result or undefined');
      }
    }
    return { type: null, error: new MeteorError(400, 'Unrecognized options for login request') };
  }

  async _attemptLogin(invocation, methodName, methodArguments, result) {
    const { userId, error, type, stampedLoginToken, options } = result;
    if (!userId && !error) throw new Error('A login method must specify a userId or an error');
    const user = userId ? await this.users.findOneAsync(userId) : undefined;
    const attempt = {
      type: type || 'unknown',
      allowed: Boolean(userId && !error),
      methodName,
      methodArguments: Array.from(methodArguments),
      ...(error ? { error } : {}),
      ...(user ? { user } : {}),
    };
    const { connection } = invocation;
    await this._validateLogin(connection, attempt);
    if (!attempt.allowed) {
      await callAll(this._onLoginFailureHook, connection, attempt);
      throw attempt.error;
    }
    const login = await this._loginUser(invocation, userId, stampedLoginToken);
    await callAll(this._onLoginHook, connection, attempt);
    return { ...login, ...options, type: attempt.type };
  }

  // All of them are asked, whatever the first says; one may forbid, none may allow what another forbade.
  async _validateLogin(connection, attempt) {
    await this._validateLoginHook.forEachAsync(async (callback) => {
      try {
        if (await callback({ ...EJSON.clone(attempt), connection })) return true;
        attempt.error = attempt.error || new MeteorError(403, 'Login forbidden');
      } catch (error) {
        attempt.error = error;
      }
      attempt.allowed = false;
      return true;
    });
  }

  async _loginUser(invocation, userId, given) {
    const stamped = given || generateStampedToken();
    if (!given) await this._insertLoginToken(userId, stamped);
    this._setLoginToken(userId, invocation.connection, hashToken(stamped.token));
    await invocation.setUserId(userId);
    return { id: userId, token: stamped.token, tokenExpires: expirationOf(stamped.when) };
  }

  async _successfulLogout(connection, userId) {
    const user = userId ? await this.users.findOneAsync(userId) : undefined;
    await this._onLogoutHook.forEachAsync(async (callback) => {
      callback({ user, connection });
      return true;
    });
  }

  async _insertLoginToken(userId, stampedToken) {
    await this.users.updateAsync(userId, {
      $addToSet: { 'services.resume.loginTokens': hashStampedToken(stampedToken) },
    });
  }

  async destroyToken(userId, hashedToken) {
    await this.users.updateAsync(userId, { $pull: { 'services.resume.loginTokens': { hashedToken } } });
  }

  _hashLoginToken(token) {
    return hashToken(token);
  }

  _generateStampedLoginToken() {
    return generateStampedToken();
  }

  _tokenExpiration(when) {
    return expirationOf(when);
  }
}

/** What a way to log in answers; what it throws is the error of the attempt. */
async function tryLogin(type, run) {
  let result;
  try {
    result = await run();
  } catch (error) {
    result = { error };
  }
  if (result && !result.type && type) result.type = type;
  return result;
}

function callAll(hook, connection, attempt) {
  return hook.forEachAsync(async (callback) => {
    await callback({ ...EJSON.clone(attempt), connection });
    return true;
  });
}

module.exports = { AccountsServer };

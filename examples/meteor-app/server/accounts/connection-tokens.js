'use strict';
const { defer } = require('../ddp/environment.js');

/** With which login token each connection is logged in; it is closed when that token is taken away from its user. */
class ConnectionTokens {
  constructor(users) {
    this.users = users;
    // connection id -> { connection, loginToken }
    this._accountData = {};
    // connection id -> what watches the user; a number while that is being started
    this._userObservesForConnections = {};
    this._nextUserObserveNumber = 1;
  }

  _trackConnection(connection) {
    this._accountData[connection.id] = { connection };
    connection.onClose(() => {
      this._removeTokenFromConnection(connection.id);
      delete this._accountData[connection.id];
    });
  }

  _getAccountData(connectionId, field) {
    const data = this._accountData[connectionId];
    return data && data[field];
  }

  _setAccountData(connectionId, field, value) {
    const data = this._accountData[connectionId];
    if (!data) return;
    if (value === undefined) delete data[field];
    else data[field] = value;
  }

  _getUserObserve(connectionId) {
    return this._userObservesForConnections[connectionId];
  }

  _removeTokenFromConnection(connectionId) {
    const observe = this._userObservesForConnections[connectionId];
    delete this._userObservesForConnections[connectionId];
    if (observe && typeof observe !== 'number') observe.stop();
  }

  /** The hash of the token that the connection is logged in with. */
  _getLoginToken(connectionId) {
    return this._getAccountData(connectionId, 'loginToken');
  }

  _setLoginToken(userId, connection, newToken) {
    this._removeTokenFromConnection(connection.id);
    this._setAccountData(connection.id, 'loginToken', newToken);
    if (!newToken) return;
    const number = ++this._nextUserObserveNumber;
    this._userObservesForConnections[connection.id] = number;
    // Later: whoever logs in does not wait for it.
    defer(() => this._watchToken(userId, connection, newToken, number));
  }

  async _watchToken(userId, connection, newToken, number) {
    // Another login, a logout, or the end of the connection came in between.
    const isOutdated = () => this._userObservesForConnections[connection.id] !== number;
    if (isOutdated()) return;
    let found = false;
    const selector = { _id: userId, 'services.resume.loginTokens.hashedToken': newToken };
    const observe = await this.users.find(selector, { fields: { _id: 1 } }).observeChanges({
      added: () => (found = true),
      removed: connection.close,
    });
    if (isOutdated()) {
      observe.stop();
      return;
    }
    this._userObservesForConnections[connection.id] = observe;
    if (!found) connection.close();
  }
}

module.exports = { ConnectionTokens };

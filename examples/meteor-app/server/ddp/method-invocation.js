'use strict';

/** `this` of a method. */
class MethodInvocation {
  constructor({ name, isSimulation, userId, setUserId, unblock, connection, randomSeed, fence }) {
    this.name = name;
    this.isSimulation = isSimulation;
    this._unblock = unblock || (() => {});
    this._calledUnblock = false;
    this.userId = userId;
    this._setUserId = setUserId || (() => {});
    this.connection = connection;
    this.randomSeed = randomSeed;
    this.randomStream = null;
    this.fence = fence;
  }

  /** Lets the session's next message begin before this method ends. */
  unblock() {
    this._calledUnblock = true;
    this._unblock();
  }

  async setUserId(userId) {
    if (this._calledUnblock) throw new Error("Can't call setUserId in a method after calling unblock");
    this.userId = userId;
    await this._setUserId(userId);
  }
}

module.exports = { MethodInvocation };

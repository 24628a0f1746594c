'use strict';
const { EnvironmentVariable } = require('./environment.js');
const { DDP } = require('./invocations.js');

const currentWriteFence = new EnvironmentVariable();

/** The fence that a write made now belongs to. */
function getCurrentFence() {
  const fence = currentWriteFence.get();
  if (fence) return fence;
  const invocation = DDP._CurrentMethodInvocation.get();
  return invocation ? invocation.fence : undefined;
}

/** Holds back a method's `updated` until all that it wrote has reached the subscriptions. */
class WriteFence {
  constructor() {
    this.armed = false;
    this.fired = false;
    this.retired = false;
    this.outstanding_writes = 0;
    this.before_fire_callbacks = [];
    this.completion_callbacks = [];
  }

  beginWrite() {
    if (this.retired) return { committed() {} };
    if (this.fired) throw new Error('fence has already activated -- too late to add writes');
    this.outstanding_writes += 1;
    let isCommitted = false;
    return {
      committed: async () => {
        if (isCommitted) throw new Error('committed called twice on the same write');
        isCommitted = true;
        this.outstanding_writes -= 1;
        await this._maybeFire();
      },
    };
  }

  /** No further writes come: it fires once the outstanding ones are committed. */
  arm() {
    if (this === getCurrentFence()) throw new Error("Can't arm the current fence");
    this.armed = true;
    return this._maybeFire();
  }

  onBeforeFire(callback) {
    this._add(callback, this.before_fire_callbacks);
  }

  onAllCommitted(callback) {
    this._add(callback, this.completion_callbacks);
  }

  _add(callback, callbacks) {
    if (this.fired) throw new Error('fence has already activated -- too late to add a callback');
    callbacks.push(callback);
  }

  async _maybeFire() {
    if (this.fired) throw new Error('write fence already activated?');
    if (!this.armed || this.outstanding_writes > 0) return;
    // Callbacks before it fires may write: not before they are done.
    this.outstanding_writes += 1;
    const early = this.before_fire_callbacks;
    while (early.length > 0) await this._call(early.shift());
    this.outstanding_writes -= 1;
    if (this.outstanding_writes > 0) return;
    this.fired = true;
    const callbacks = this.completion_callbacks;
    this.completion_callbacks = [];
    while (callbacks.length > 0) await this._call(callbacks.shift());
  }

  async _call(callback) {
    try {
      await callback(this);
    } catch (error) {
      console.error('exception in write fence callback:', error);
    }
  }

  /** Writes that come later wait for nothing. */
  retire() {
    if (!this.fired) throw new Error("Can't retire a fence that hasn't fired.");
    this.retired = true;
  }
}

module.exports = { WriteFence, currentWriteFence, getCurrentFence };

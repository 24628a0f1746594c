'use strict';

/** Pings a client that has been silent for an interval, and gives it up when it stays so. */
class Heartbeat {
  constructor({ heartbeatInterval, heartbeatTimeout, sendPing, onTimeout }) {
    this.heartbeatInterval = heartbeatInterval;
    this.heartbeatTimeout = heartbeatTimeout;
    this._sendPing = sendPing;
    this._onTimeout = onTimeout;
    this._seenPacket = false;
    this._heartbeatIntervalHandle = null;
    this._heartbeatTimeoutHandle = null;
  }

  start() {
    this.stop();
    this._heartbeatIntervalHandle = setInterval(() => this._heartbeatIntervalFired(), this.heartbeatInterval);
  }

  stop() {
    clearInterval(this._heartbeatIntervalHandle);
    this._heartbeatIntervalHandle = null;
    this._clearHeartbeatTimeoutTimer();
  }

  messageReceived() {
    this._seenPacket = true;
    this._clearHeartbeatTimeoutTimer();
  }

  _clearHeartbeatTimeoutTimer() {
    clearTimeout(this._heartbeatTimeoutHandle);
    this._heartbeatTimeoutHandle = null;
  }

  _heartbeatIntervalFired() {
    if (!this._seenPacket && !this._heartbeatTimeoutHandle) {
      this._sendPing();
      this._heartbeatTimeoutHandle = setTimeout(() => this._heartbeatTimeoutFired(), this.heartbeatTimeout);
    }
    this._seenPacket = false;
  }

  _heartbeatTimeoutFired() {
    this._heartbeatTimeoutHandle = null;
    this._onTimeout();
  }
}

module.exports = { Heartbeat };

'use strict';
const { toWire } = require('./ddp-errors.js');

/** One subscription of a session, and the interface that a publication function gets. */
class Subscription {
  constructor(session, id) {
    this.session = session;
    this.id = id;
    this.connection = session.connectionHandle;
    this.stopped = false;
    this.stopCallbacks = [];
  }

  async run(publish, params) {
    try {
      await publish(this, ...params);
    } catch (error) {
      this.stop();
      this.session.send({ msg: 'nosub', id: this.id, error: toWire(error, `subscription ${this.id}`) });
    }
  }

  added(collection, id, fields) {
    if (!this.stopped) this.session.view.added(this.id, collection, id, fields);
  }

  changed(collection, id, fields) {
    if (!this.stopped) this.session.view.changed(collection, id, fields);
  }

  removed(collection, id) {
    if (!this.stopped) this.session.view.removed(this.id, collection, id);
  }

  ready() {
    if (!this.stopped) this.session.send({ msg: 'ready', subs: [this.id] });
  }

  onStop(callback) {
    this.stopCallbacks.push(callback);
  }

  stop() {
    if (this.stopped) return;
    this.stopped = true;
    this.session.subscriptions.delete(this.id);
    this.session.view.removeAll(this.id);
    for (const callback of this.stopCallbacks) callback();
  }
}

module.exports = { Subscription };

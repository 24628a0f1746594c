'use strict';
const { EJSON } = require('./ejson.js');

/** One document as a session's client has it: for each field what each subscription says, the first of them wins. */
class SessionDocumentView {
  constructor() {
    // Handles of subscriptions.
    this.existsIn = new Set();
    // key -> [{ subscriptionHandle, value }]
    this.dataByKey = new Map();
  }

  getFields() {
    const fields = {};
    for (const [key, precedence] of this.dataByKey) fields[key] = precedence[0].value;
    return fields;
  }

  clearField(subscriptionHandle, key, changes) {
    if (key === '_id') return;
    const precedence = this.dataByKey.get(key);
    if (!precedence) return;
    const index = precedence.findIndex((each) => each.subscriptionHandle === subscriptionHandle);
    const [removed] = index === -1 ? [] : precedence.splice(index, 1);
    if (precedence.length === 0) {
      this.dataByKey.delete(key);
      changes[key] = undefined;
    } else if (index === 0 && removed.value !== undefined) {
      const { value } = precedence[0];
      if (!EJSON.equals(removed.value, value)) changes[key] = value;
    }
  }

  /** With `isAdd` the subscription has said nothing about the document before. */
  changeField(subscriptionHandle, key, given, changes, isAdd) {
    if (key === '_id') return;
    // The app may go on to change its own object.
    const value = EJSON.clone(given);
    const precedence = this.dataByKey.get(key);
    if (!precedence) {
      this.dataByKey.set(key, [{ subscriptionHandle, value }]);
      changes[key] = value;
      return;
    }
    const own = isAdd ? undefined : precedence.find((each) => each.subscriptionHandle === subscriptionHandle);
    if (!own) {
      precedence.push({ subscriptionHandle, value });
      return;
    }
    if (own === precedence[0] && !EJSON.equals(value, own.value)) changes[key] = value;
    own.value = value;
  }
}

/** Only remembers which subscriptions have the document; whatever they say is sent. */
class DummyDocumentView {
  constructor() {
    this.existsIn = new Set();
    this.dataByKey = new Map();
  }

  getFields() {
    return {};
  }

  clearField(subscriptionHandle, key, changes) {
    changes[key] = undefined;
  }

  changeField(subscriptionHandle, key, value, changes) {
    changes[key] = value;
  }
}

module.exports = { SessionDocumentView, DummyDocumentView };

'use strict';
const { EJSON } = require('./ejson.js');
const { Random } = require('./random.js');

const looksLikeObjectId = (text) => /^[0-9a-f]{24}$/.test(text);

/** Mongo's own kind of id. */
class ObjectID {
  constructor(hex) {
    const text = hex ? hex.toLowerCase() : Random.hexString(24);
    if (!looksLikeObjectId(text)) throw new Error('Invalid hexadecimal string for creating an ObjectID');
    this._str = text;
  }

  equals(other) {
    return other instanceof ObjectID && this._str === other._str;
  }

  clone() {
    return new ObjectID(this._str);
  }

  toString() {
    return `ObjectID("${this._str}")`;
  }

  typeName() {
    return 'oid';
  }

  valueOf() {
    return this._str;
  }

  toJSONValue() {
    return this._str;
  }

  toHexString() {
    return this._str;
  }
}

EJSON.addType('oid', (hex) => new ObjectID(hex));

/** A document's id as DDP writes it: a string that tells which kind of value it was. */
function idStringify(id) {
  if (id instanceof ObjectID) return id.valueOf();
  if (id === undefined) return '-';
  if (typeof id === 'string') return /^[-~{]/.test(id) || looksLikeObjectId(id) ? `-${id}` : id;
  if (typeof id === 'object' && id !== null) {
    throw new Error('Meteor does not currently support objects other than ObjectID as ids');
  }
  return `~${JSON.stringify(id)}`;
}

function idParse(text) {
  if (text === '-') return undefined;
  if (text[0] === '-') return text.slice(1);
  if (text[0] === '~') return JSON.parse(text.slice(1));
  return looksLikeObjectId(text) ? new ObjectID(text) : text;
}

const MongoID = { ObjectID, idStringify, idParse, _looksLikeObjectID: looksLikeObjectId };

module.exports = { MongoID };

'use strict';
const { EJSON } = require('./ejson.js');

const SUPPORTED_DDP_VERSIONS = ['1', 'pre2', 'pre1'];
// What of a message is EJSON; all the rest is plain JSON.
const ejsonFields = ['fields', 'params', 'result'];
const hasOwn = (object, key) => Object.prototype.hasOwnProperty.call(object, key);

/** A message as it is handled here: a cleared field is one that is undefined. null for what is no message at all. */
function parseDDP(text) {
  const message = parseObject(text);
  if (message === null) return null;
  if (hasOwn(message, 'cleared')) {
    if (!hasOwn(message, 'fields')) message.fields = {};
    message.cleared.forEach((key) => (message.fields[key] = undefined));
    delete message.cleared;
  }
  for (const field of ejsonFields) {
    if (hasOwn(message, field)) message[field] = EJSON._adjustTypesFromJSONValue(message[field]);
  }
  return message;
}

function parseObject(text) {
  try {
    const value = JSON.parse(text);
    if (value !== null && typeof value === 'object') return value;
  } catch {
    // Falls through: answered as any other bad message.
  }
  console.error('Discarding what is no DDP message', text);
  return null;
}

function stringifyDDP(message) {
  const copy = EJSON.clone(message);
  if (hasOwn(message, 'fields')) moveCleared(copy);
  for (const field of ejsonFields) {
    if (hasOwn(copy, field)) copy[field] = EJSON._adjustTypesToJSONValue(copy[field]);
  }
  if (message.id && typeof message.id !== 'string') throw new Error('Message id is not a string');
  return JSON.stringify(copy);
}

function moveCleared(message) {
  const cleared = Object.keys(message.fields).filter((key) => message.fields[key] === undefined);
  for (const key of cleared) delete message.fields[key];
  if (cleared.length > 0) message.cleared = cleared;
  if (Object.keys(message.fields).length === 0) delete message.fields;
}

module.exports = { SUPPORTED_DDP_VERSIONS, parseDDP, stringifyDDP };

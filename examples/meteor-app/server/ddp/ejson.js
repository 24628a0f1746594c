'use strict';
const { createConverters, hasOwn, mapValues } = require('./ejson-types.js');

/** JSON with dates, binary, NaN and types of one's own, as far as DDP uses it. */
const EJSON = {};
const factories = new Map();
const converters = createConverters(EJSON, factories);
const isObject = (value) => typeof value === 'object' && value !== null;
const isCustom = converters[converters.length - 1].matchObject;

EJSON.addType = (name, factory) => {
  if (factories.has(name)) throw new Error(`Type ${name} already present`);
  factories.set(name, factory);
};

/** The JSON for a value that is converted as a whole, or undefined: then its parts may have to be. */
function converted(value) {
  const converter = converters.find((each) => each.matchObject(value));
  return converter && converter.toJSONValue(value);
}

/** The value for JSON that stands for something else, or the same JSON. */
function restored(json) {
  if (!isObject(json)) return json;
  const keys = Object.keys(json);
  if (keys.length > 2 || !keys.every((key) => key[0] === '$')) return json;
  const converter = converters.find((each) => each.matchJSONValue(json));
  return converter ? converter.fromJSONValue(json) : json;
}

/** Converts in place, except what has to be another value as a whole. */
EJSON._adjustTypesToJSONValue = (value) => {
  const whole = converted(value);
  if (whole !== undefined) return whole;
  if (isObject(value)) {
    for (const key of Object.keys(value)) value[key] = EJSON._adjustTypesToJSONValue(value[key]);
  }
  return value;
};

EJSON._adjustTypesFromJSONValue = (json) => {
  const whole = restored(json);
  if (whole !== json) return whole;
  if (isObject(json)) {
    for (const key of Object.keys(json)) json[key] = EJSON._adjustTypesFromJSONValue(json[key]);
  }
  return json;
};

EJSON.toJSONValue = (value) => {
  const whole = converted(value);
  return whole === undefined ? EJSON._adjustTypesToJSONValue(EJSON.clone(value)) : whole;
};

EJSON.fromJSONValue = (json) => {
  const whole = restored(json);
  return whole === json ? EJSON._adjustTypesFromJSONValue(EJSON.clone(json)) : whole;
};

EJSON.stringify = (value) => JSON.stringify(EJSON.toJSONValue(value));

EJSON.parse = (text) => {
  if (typeof text !== 'string') throw new Error('EJSON.parse argument should be a string');
  return EJSON.fromJSONValue(JSON.parse(text));
};

EJSON.isBinary = (value) => value instanceof Uint8Array;
EJSON.newBinary = (length) => new Uint8Array(length);
EJSON._isCustomType = isCustom;

EJSON.clone = (value) => {
  if (!isObject(value) || value instanceof RegExp) return value;
  if (value instanceof Date) return new Date(value.getTime());
  if (EJSON.isBinary(value)) return Uint8Array.from(value);
  if (Array.isArray(value)) return value.map((each) => EJSON.clone(each));
  if (typeof value.clone === 'function') return value.clone();
  if (isCustom(value)) return EJSON.fromJSONValue(EJSON.clone(EJSON.toJSONValue(value)));
  return mapValues(value, EJSON.clone);
};

EJSON.equals = (a, b, options) => {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  if (!isObject(a) || !isObject(b)) return false;
  if (a instanceof Date && b instanceof Date) return a.valueOf() === b.valueOf();
  if (EJSON.isBinary(a) && EJSON.isBinary(b)) return equalLists(a, b);
  if (typeof a.equals === 'function') return a.equals(b, options);
  if (typeof b.equals === 'function') return b.equals(a, options);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  if (Array.isArray(a)) return equalLists(a, b, options);
  if (isCustom(a) !== isCustom(b)) return false;
  if (isCustom(a)) return EJSON.equals(EJSON.toJSONValue(a), EJSON.toJSONValue(b));
  return equalObjects(a, b, options);
};

function equalLists(a, b, options) {
  if (a.length !== b.length) return false;
  return Array.from(a).every((each, i) => EJSON.equals(each, b[i], options));
}

function equalObjects(a, b, options) {
  const [left, right] = [Object.keys(a), Object.keys(b)];
  if (left.length !== right.length) return false;
  const ordered = Boolean(options && options.keyOrderSensitive);
  return left.every(
    (key, i) => (ordered ? key === right[i] : hasOwn(b, key)) && EJSON.equals(a[key], b[key], options),
  );
}

module.exports = { EJSON };

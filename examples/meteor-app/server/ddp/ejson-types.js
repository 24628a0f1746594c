'use strict';

const hasOwn = (object, key) => Object.prototype.hasOwnProperty.call(object, key);

/** Exactly these keys, as far as JSON knows keys. */
function hasKeys(object, ...keys) {
  return keys.every((key) => hasOwn(object, key)) && Object.keys(object).length === keys.length;
}

/** How a map over all values of an object looks. */
function mapValues(object, change) {
  const changed = {};
  for (const key of Object.keys(object)) changed[key] = change(object[key]);
  return changed;
}

const date = {
  matchJSONValue: (json) => hasKeys(json, '$date'),
  matchObject: (value) => value instanceof Date,
  toJSONValue: (value) => ({ $date: value.getTime() }),
  fromJSONValue: (json) => new Date(json.$date),
};

const regexp = {
  matchJSONValue: (json) => hasKeys(json, '$regexp', '$flags'),
  matchObject: (value) => value instanceof RegExp,
  toJSONValue: (value) => ({ $regexp: value.source, $flags: value.flags }),
  // Flags come from a client: only known ones, each once.
  fromJSONValue: ({ $regexp, $flags }) =>
    new RegExp($regexp, [...new Set($flags.slice(0, 50).replace(/[^gimuy]/g, ''))].join('')),
};

// The only values that are no objects and yet no JSON.
const infinityOrNaN = {
  matchJSONValue: (json) => hasKeys(json, '$InfNaN'),
  matchObject: (value) => Number.isNaN(value) || value === Infinity || value === -Infinity,
  toJSONValue: (value) => ({ $InfNaN: Number.isNaN(value) ? 0 : Math.sign(value) }),
  fromJSONValue: (json) => json.$InfNaN / 0,
};

const binary = {
  matchJSONValue: (json) => hasKeys(json, '$binary'),
  matchObject: (value) => value instanceof Uint8Array,
  toJSONValue: (value) => ({
    $binary: Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64'),
  }),
  fromJSONValue: (json) => new Uint8Array(Buffer.from(json.$binary, 'base64')),
};

/** An object that only looks like one of the others: its values are converted, it is not. */
function createEscape(EJSON, converters) {
  return {
    matchJSONValue: (json) => hasKeys(json, '$escape'),
    matchObject(value) {
      if (typeof value !== 'object' || value === null) return false;
      const { length } = Object.keys(value);
      return (length === 1 || length === 2) && converters.some((each) => each.matchJSONValue(value));
    },
    toJSONValue: (value) => ({ $escape: mapValues(value, EJSON.toJSONValue) }),
    fromJSONValue: (json) => mapValues(json.$escape, EJSON.fromJSONValue),
  };
}

/** Types that were added by name; their objects have typeName() and toJSONValue(). */
function createCustom(factories) {
  return {
    matchJSONValue: (json) => hasKeys(json, '$type', '$value'),
    matchObject: (value) =>
      Boolean(value) &&
      typeof value.toJSONValue === 'function' &&
      typeof value.typeName === 'function' &&
      factories.has(value.typeName()),
    toJSONValue: (value) => ({ $type: value.typeName(), $value: value.toJSONValue() }),
    fromJSONValue({ $type, $value }) {
      if (!factories.has($type)) throw new Error(`Custom EJSON type ${$type} is not defined`);
      return factories.get($type)($value);
    },
  };
}

/** All converters in the order in which they are asked. */
function createConverters(EJSON, factories) {
  const converters = [date, regexp, infinityOrNaN, binary];
  converters.push(createEscape(EJSON, converters), createCustom(factories));
  return converters;
}

module.exports = { createConverters, hasOwn, mapValues };

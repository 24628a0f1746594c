'use strict';
const { EJSON } = require('./ejson.js');

const hasOwn = (object, key) => Object.prototype.hasOwnProperty.call(object, key);

/** What is in both, only before, only now: all of the first map in its order, then what is new. */
function diffMaps(before, now, { both, leftOnly, rightOnly }) {
  for (const [key, value] of before) {
    if (now.has(key)) {
      if (both) both(key, value, now.get(key));
    } else if (leftOnly) leftOnly(key, value);
  }
  if (!rightOnly) return;
  for (const [key, value] of now) if (!before.has(key)) rightOnly(key, value);
}

function diffObjects(before, now, { both, leftOnly, rightOnly }) {
  for (const key of Object.keys(before)) {
    if (hasOwn(now, key)) {
      if (both) both(key, before[key], now[key]);
    } else if (leftOnly) leftOnly(key, before[key]);
  }
  if (!rightOnly) return;
  for (const key of Object.keys(now)) if (!hasOwn(before, key)) rightOnly(key, now[key]);
}

/** The fields that turn one document into another; a field that is gone is there as undefined. */
function makeChangedFields(now, before) {
  const fields = {};
  diffObjects(before, now, {
    leftOnly: (key) => (fields[key] = undefined),
    rightOnly: (key, value) => (fields[key] = value),
    both: (key, was, is) => {
      if (!EJSON.equals(was, is)) fields[key] = is;
    },
  });
  return fields;
}

const DiffSequence = { diffMaps, diffObjects, makeChangedFields };

module.exports = { DiffSequence };

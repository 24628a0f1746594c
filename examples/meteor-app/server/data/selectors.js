'use strict';
const { EJSON } = require('../ddp/ejson.js');

/** Whether a document fits a selector of paths and values; `{ $ne: value }` is the only operator. */
function matches(document, selector) {
  return Object.entries(selector).every(([path, expected]) => {
    const values = valuesAt(document, path.split('.'));
    if (expected !== null && typeof expected === 'object' && '$ne' in expected) {
      return !values.some((value) => EJSON.equals(value, expected.$ne));
    }
    return values.some((value) => EJSON.equals(value, expected));
  });
}

/** All values that a path leads to: it goes through each element of a list. */
function valuesAt(value, [name, ...rest]) {
  if (Array.isArray(value)) return value.flatMap((each) => valuesAt(each, [name, ...rest]));
  if (name === undefined) return [value];
  return value === null || typeof value !== 'object' ? [] : valuesAt(value[name], rest);
}

/** The fields that a publication lets out, `{ name: 1 }`; all without any. */
function project(document, fields) {
  if (!fields) return document;
  const projected = { _id: document._id };
  for (const name of Object.keys(fields)) if (name in document) projected[name] = document[name];
  return projected;
}

module.exports = { matches, project };

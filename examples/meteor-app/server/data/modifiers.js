'use strict';
const { EJSON } = require('../ddp/ejson.js');
const { matches } = require('./selectors.js');

/** Changes a document in place, as Mongo would with the same modifier. */
function modify(document, modifier) {
  for (const [operator, fields] of Object.entries(modifier)) {
    for (const [path, value] of Object.entries(fields)) operators[operator](document, path, value);
  }
}

const operators = {
  $set: (document, path, value) => replace(document, path, () => value),
  $unset(document, path) {
    const { parent, key } = locate(document, path);
    delete parent[key];
  },
  $inc: (document, path, by) => replace(document, path, (value = 0) => value + by),
  $addToSet: (document, path, value) =>
    replace(document, path, (list = []) =>
      list.some((each) => EJSON.equals(each, value)) ? list : [...list, value],
    ),
  $pull: (document, path, selector) =>
    replace(document, path, (list = []) => list.filter((each) => !matches(each, selector))),
};

function replace(document, path, change) {
  const { parent, key } = locate(document, path);
  parent[key] = change(parent[key]);
}

/** The object that holds the last name of a path like `services.resume`; what is missing on the way is made. */
function locate(document, path) {
  const names = path.split('.');
  const key = names.pop();
  let parent = document;
  for (const name of names) parent = parent[name] = parent[name] || {};
  return { parent, key };
}

module.exports = { modify };

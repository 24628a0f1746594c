'use strict';
const { AsyncLocalStorage } = require('async_hooks');

// One store for all variables: a map that is copied when one of them gets another value.
const storage = new AsyncLocalStorage();

/** A variable that keeps its value through everything asynchronous that starts inside `withValue`. */
class EnvironmentVariable {
  get() {
    const values = storage.getStore();
    return values && values.get(this);
  }

  withValue(value, run) {
    return storage.run(new Map(storage.getStore()).set(this, value), run);
  }
}

/** The function with the variables as they are now; what it throws is printed. */
function bindEnvironment(run, onException, self) {
  const values = storage.getStore();
  const failed =
    typeof onException === 'function'
      ? onException
      : (error) => console.error(`Exception in ${onException || 'callback of async function'}:`, error);
  return function bound(...args) {
    return storage.run(values, () => {
      try {
        const result = run.apply(self, args);
        return isPromise(result) ? result.catch(failed) : result;
      } catch (error) {
        return failed(error);
      }
    });
  };
}

/** Runs it after this turn of the event loop. */
function defer(run) {
  setImmediate(bindEnvironment(run, 'defer callback'));
}

function isPromise(value) {
  return Boolean(value) && typeof value.then === 'function';
}

module.exports = { EnvironmentVariable, bindEnvironment, defer, isPromise };

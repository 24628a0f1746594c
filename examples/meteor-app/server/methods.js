'use strict';
const fs = require('fs');
const { busyLoop, countForever, isName } = require('./work.js');

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The methods that tests, demo and benchmarks call. */
function createMethods({ identity, settings }) {
  const runs = new Map();
  // The counts of one process say nothing about a method that ran again in another: with a journal, each run
  // of `increment` also leaves a line in a file that all workers share.
  const journal = process.env.EXAMPLE_JOURNAL;
  const increment = (key) => {
    const count = (runs.get(key) || 0) + 1;
    runs.set(key, count);
    if (journal) fs.appendFileSync(journal, `${JSON.stringify({ key, pid: process.pid })}\n`);
    return count;
  };

  return {
    echo: (value) => value,
    add: (a, b) => a + b,
    whoami() {
      const { clientAddress, httpHeaders, id } = this.connection;
      return { ...identity(), clientAddress, httpHeaders, session: id };
    },
    async slow(ms) {
      this.unblock();
      await sleep(ms);
      return process.pid;
    },
    block(ms) {
      busyLoop(ms);
      return process.pid;
    },
    hang: () => countForever(),
    isName: (text) => isName(text),
    increment,
    // While it runs the session's own fields say that nothing does.
    async incrementSlowly(key, ms) {
      this.unblock();
      const count = increment(key);
      await sleep(ms);
      return count;
    },
    // The session's next methods wait for it.
    async incrementAlone(key, ms) {
      const count = increment(key);
      await sleep(ms);
      return count;
    },
    counts: () => Object.fromEntries(runs),
    settingsLength: () => settings.fingerprint().length,
    crash: () => process.exit(1),
    // A close by the server, as a kick would be: this session is never resumed.
    kick() {
      this.connection.close();
    },
  };
}

module.exports = { createMethods };

'use strict';

/** The publications that tests, demo and benchmarks subscribe to. */
function createPublications({ autoupdate }) {
  return {
    // One document that changes every second.
    counter() {
      let count = 0;
      const fields = () => ({ count, pid: process.pid, uptime: Math.round(process.uptime()) });
      this.added('counters', 'counter', fields());
      this.ready();
      const timer = setInterval(() => {
        count += 1;
        this.changed('counters', 'counter', fields());
      }, 1000);
      this.onStop(() => clearInterval(timer));
    },

    burst(n = 100) {
      for (let i = 0; i < n; i++) this.added('burst', String(i), { n: i, pid: process.pid });
      this.ready();
    },

    // The client compares these with the versions in its page, and reloads when they differ.
    meteor_autoupdate_clientVersions() {
      const collection = 'meteor_autoupdate_clientVersions';
      for (const [arch, versions] of Object.entries(autoupdate.versions)) {
        this.added(collection, arch, versions);
      }
      this.ready();
      const update = (all) => {
        for (const [arch, versions] of Object.entries(all)) this.changed(collection, arch, versions);
      };
      autoupdate.watchers.add(update);
      this.onStop(() => autoupdate.watchers.delete(update));
    },
  };
}

module.exports = { createPublications };

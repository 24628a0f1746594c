'use strict';

/** The publications that tests, demo and benchmarks subscribe to. */
function createPublications({ autoupdate }) {
  return {
    // One document that changes every second.
    counter(subscription) {
      let count = 0;
      const fields = () => ({ count, pid: process.pid, uptime: Math.round(process.uptime()) });
      subscription.added('counters', 'counter', fields());
      subscription.ready();
      const timer = setInterval(() => {
        count += 1;
        subscription.changed('counters', 'counter', fields());
      }, 1000);
      subscription.onStop(() => clearInterval(timer));
    },

    burst(subscription, n = 100) {
      for (let i = 0; i < n; i++) subscription.added('burst', String(i), { n: i, pid: process.pid });
      subscription.ready();
    },

    // The client compares these with the versions in its page, and reloads when they differ.
    meteor_autoupdate_clientVersions(subscription) {
      const collection = 'meteor_autoupdate_clientVersions';
      for (const [arch, versions] of Object.entries(autoupdate.versions)) {
        subscription.added(collection, arch, versions);
      }
      subscription.ready();
      const update = (all) => {
        for (const [arch, versions] of Object.entries(all)) subscription.changed(collection, arch, versions);
      };
      autoupdate.watchers.add(update);
      subscription.onStop(() => autoupdate.watchers.delete(update));
    },
  };
}

module.exports = { createPublications };

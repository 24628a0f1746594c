'use strict';
const { MeteorError } = require('./ddp/errors.js');

/** What apps do besides publishing cursors: publications that are slow, fail or count, state that hangs on a connection. */
function createHabits() {
  let visits = 0;
  const rooms = new Map();
  return {
    publications: {
      readyLater(ms) {
        this.added('slow', 'early', { pid: process.pid });
        const timer = setTimeout(() => {
          this.added('slow', 'late', { pid: process.pid });
          this.ready();
        }, ms);
        this.onStop(() => clearTimeout(timer));
      },
      fails(reason) {
        throw new MeteorError('fails', reason);
      },
      failsLater(ms) {
        this.added('slow', 'early', { pid: process.pid });
        this.ready();
        const timer = setTimeout(() => this.error(new MeteorError('fails', 'later')), ms);
        this.onStop(() => clearTimeout(timer));
      },
      // In the function's own memory: each worker, and each run, counts on its own.
      visits() {
        visits += 1;
        this.added('visits', 'visits', { count: visits });
        this.ready();
      },
    },
    methods: {
      // Until its connection ends, which only the app knows.
      joinRoom(name) {
        const { id, onClose } = this.connection;
        const members = rooms.get(name) || new Set();
        rooms.set(name, members.add(id));
        onClose(() => members.delete(id));
        return members.size;
      },
      roomSize: (name) => (rooms.get(name) || new Set()).size,
      setOnConnection(name, value) {
        this.connection[name] = value;
      },
      getFromConnection(name) {
        return this.connection[name];
      },
      userId() {
        return this.userId;
      },
      // A login of the app's own, without accounts.
      async become(userId) {
        await this.setUserId(userId);
        return this.userId;
      },
    },
  };
}

/** With settings `example.announcement`, every session has it from its start. */
function publishAnnouncement(server, { announcement } = {}) {
  if (!announcement) return;
  server.publish(null, function announcements() {
    this.added('announcements', 'announcement', { text: announcement });
    this.ready();
  });
}

module.exports = { createHabits, publishAnnouncement };

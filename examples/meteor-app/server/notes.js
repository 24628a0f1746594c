'use strict';
const { publishAs } = require('./data/cursor.js');

/** Data that changes and is the same in all workers: notes, each in a list. */
function createNotes(database) {
  const notes = database.collection('notes');
  const lists = database.collection('lists');
  const of = (list) => notes.find(list === undefined ? {} : { list });
  return {
    publications: {
      notes: (list) => of(list),
      notesAndLists: () => [notes.find(), lists.find()],
      // The same notes in a collection of its own, `notes.NO_MERGE` say, that is published by that strategy.
      async notesBy(strategy, list) {
        await publishAs(`notes.${strategy}`, of(list), this);
        this.ready();
      },
    },
    methods: {
      'notes.insert': (note) => notes.insertAsync(note),
      'notes.set': (id, fields) => notes.updateAsync(id, { $set: fields }),
      'notes.unset': (id, name) => notes.updateAsync(id, { $unset: { [name]: 1 } }),
      'notes.count': (id) => notes.updateAsync(id, { $inc: { count: 1 } }),
      'notes.remove': (id) => notes.removeAsync(id),
      'lists.insert': (list) => lists.insertAsync(list),
    },
  };
}

/** Gives each `notes.…` collection its strategy. */
function setStrategies(server, strategies) {
  for (const [name, strategy] of Object.entries(strategies)) {
    server.setPublicationStrategy(`notes.${name}`, strategy);
  }
}

module.exports = { createNotes, setStrategies };

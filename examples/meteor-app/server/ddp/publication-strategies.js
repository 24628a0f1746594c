'use strict';

/** What a session remembers of a collection's documents, from everything to nothing. */
const publicationStrategies = {
  // Each field of each subscription: only differences are sent.
  SERVER_MERGE: { useDummyDocumentView: false, useCollectionView: true, doAccountingForCollection: true },
  // Nothing: no `removed` when a subscription stops.
  NO_MERGE_NO_HISTORY: {
    useDummyDocumentView: false,
    useCollectionView: false,
    doAccountingForCollection: false,
  },
  // The ids of each subscription.
  NO_MERGE: { useDummyDocumentView: false, useCollectionView: false, doAccountingForCollection: true },
  // The ids, and which subscriptions have them.
  NO_MERGE_MULTI: { useDummyDocumentView: true, useCollectionView: true, doAccountingForCollection: true },
};

module.exports = { publicationStrategies };

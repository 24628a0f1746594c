'use strict';
const { DDP } = require('./invocations.js');
const { DiffSequence } = require('./diff-sequence.js');

/** Runs all subscriptions of a session again for another user; the client hears of the difference only. */
async function setUserId(session, userId) {
  if (userId !== null && typeof userId !== 'string') {
    throw new Error(`setUserId must be called on string or null, not ${typeof userId}`);
  }
  session._dontStartNewUniversalSubs = true;
  session._eachSub((subscription) => subscription._deactivate());

  session._isSending = false;
  const before = session.collectionViews;
  session.collectionViews = new Map();
  session.userId = userId;
  // A publication function is not part of the method that runs now.
  await DDP._CurrentMethodInvocation.withValue(undefined, () => rerunSubscriptions(session));

  // In one turn, so that nothing else is sent in between.
  session._isSending = true;
  session._diffCollectionViews(before);
  if (session._pendingReady.length > 0) {
    session.sendReady(session._pendingReady);
    session._pendingReady = [];
  }
}

async function rerunSubscriptions(session) {
  const subscriptions = session._namedSubs;
  session._namedSubs = new Map();
  session._universalSubs = [];
  await Promise.all(
    [...subscriptions].map(async ([id, subscription]) => {
      const again = subscription._recreate();
      session._namedSubs.set(id, again);
      await again._runHandler();
    }),
  );
  session._dontStartNewUniversalSubs = false;
  session.startUniversalSubs();
}

function diffCollectionViews(session, before) {
  DiffSequence.diffMaps(before, session.collectionViews, {
    both: (name, was, is) => is.diff(was),
    rightOnly(name, is) {
      for (const [id, view] of is.documents) session.sendAdded(name, id, view.getFields());
    },
    leftOnly(name, was) {
      for (const id of was.documents.keys()) session.sendRemoved(name, id);
    },
  });
}

module.exports = { setUserId, diffCollectionViews };

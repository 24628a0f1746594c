'use strict';
const environment = require('./environment.js');
const messages = require('./messages.js');
const { SessionCollectionView } = require('./collection-view.js');
const { DDP } = require('./invocations.js');
const { DiffSequence } = require('./diff-sequence.js');
const { DoubleEndedQueue } = require('./double-ended-queue.js');
const { SessionDocumentView } = require('./document-view.js');
const { EJSON } = require('./ejson.js');
const { Heartbeat } = require('./heartbeat.js');
const { Hook } = require('./hook.js');
const { MeteorError } = require('./errors.js');
const { MethodInvocation } = require('./method-invocation.js');
const { MongoID } = require('./mongo-id.js');
const { Random } = require('./random.js');
const { WriteFence, currentWriteFence, getCurrentFence } = require('./write-fence.js');
const { calculateVersion } = require('./server.js');
const { publicationStrategies } = require('./publication-strategies.js');

/** The parts of this server under the names of the packages that hold them in a real one: `global.Package`. */
function createPackages({ server, httpServer, release, settings }) {
  return {
    meteor: { Meteor: createMeteor({ server, release, settings }) },
    webapp: { WebApp: { httpServer } },
    ddp: { DDP },
    'ddp-client': { DDP },
    'ddp-server': {
      DDPServer: {
        publicationStrategies,
        _SessionDocumentView: SessionDocumentView,
        _SessionCollectionView: SessionCollectionView,
        _WriteFence: WriteFence,
        _CurrentWriteFence: currentWriteFence,
        _getCurrentFence: getCurrentFence,
        _calculateVersion: calculateVersion,
      },
    },
    'ddp-common': { DDPCommon: { ...messages, Heartbeat, MethodInvocation } },
    ejson: { EJSON },
    'mongo-id': { MongoID },
    'diff-sequence': { DiffSequence },
    random: { Random },
    'callback-hook': { Hook },
  };
}

function createMeteor({ server, release, settings }) {
  const { EnvironmentVariable, bindEnvironment, defer, isPromise } = environment;
  return {
    isServer: true,
    isClient: false,
    release,
    settings,
    server,
    default_server: server,
    Error: MeteorError,
    EnvironmentVariable,
    bindEnvironment,
    defer,
    setTimeout: (run, ms) => setTimeout(bindEnvironment(run), ms),
    clearTimeout: (timer) => clearTimeout(timer),
    _debug: (...words) => console.error(...words),
    _noYieldsAllowed: (run) => run(),
    _isPromise: isPromise,
    _DoubleEndedQueue: DoubleEndedQueue,
    publish: (...args) => server.publish(...args),
    methods: (...args) => server.methods(...args),
    callAsync: (...args) => server.callAsync(...args),
    applyAsync: (...args) => server.applyAsync(...args),
    onConnection: (callback) => server.onConnection(callback),
    onMessage: (callback) => server.onMessage(callback),
  };
}

module.exports = { createPackages };

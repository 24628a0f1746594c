'use strict';
const { DDP } = require('./invocations.js');
const { MeteorError, wrapInternalException } = require('./errors.js');
const { MethodInvocation } = require('./method-invocation.js');
const { WriteFence, currentWriteFence } = require('./write-fence.js');

const isText = (value) => typeof value === 'string';
const hasGoodParams = (message) => !('params' in message) || Array.isArray(message.params);

/** What a session does with each kind of message; `this` is the session. The next message waits for the promise, or `unblock`. */
const protocolHandlers = {
  async sub(message, unblock) {
    // For the subscription that is about to be made.
    this.cachedUnblock = unblock;
    const { id, name, params } = message;
    if (!isText(id) || !isText(name) || !hasGoodParams(message)) {
      this.sendError('Malformed subscription', message);
      return;
    }
    const handler = this.server.publish_handlers[name];
    if (!handler) {
      this.send({ msg: 'nosub', id, error: new MeteorError(404, `Subscription '${name}' not found`) });
      return;
    }
    // A client that comes back names subscriptions that are still there.
    if (this._namedSubs.has(id)) return;
    await this._startSubscription(handler, id, params, name);
    this.cachedUnblock = null;
  },

  unsub({ id }) {
    this._stopSubscription(id);
  },

  async method(message, unblock) {
    if (!isWellFormedCall(message)) {
      this.sendError('Malformed method invocation', message);
      return;
    }
    const { id, method } = message;
    const fence = createFence(this, id);
    const handler = this.server.method_handlers[method];
    if (!handler) {
      this.send({ msg: 'result', id, error: new MeteorError(404, `Method '${method}' not found`) });
      await fence.arm();
      return;
    }
    const answer = { msg: 'result', id };
    const finish = async () => {
      await fence.arm();
      unblock();
    };
    await invoke(this, handler, { message, unblock, fence }).then(
      async (result) => {
        await finish();
        if (result !== undefined) answer.result = result;
        this.send(answer);
      },
      async (exception) => {
        await finish();
        answer.error = wrapInternalException(exception, `while invoking method '${method}'`);
        this.send(answer);
      },
    );
  },
};

function isWellFormedCall(message) {
  const { id, method, randomSeed } = message;
  if (!isText(id) || !isText(method) || !hasGoodParams(message)) return false;
  return !('randomSeed' in message) || isText(randomSeed);
}

function createFence(session, id) {
  const fence = new WriteFence();
  fence.onAllCommitted(() => {
    fence.retire();
    session.send({ msg: 'updated', methods: [id] });
  });
  return fence;
}

function invoke(session, handler, { message, unblock, fence }) {
  const invocation = new MethodInvocation({
    name: message.method,
    isSimulation: false,
    userId: session.userId,
    setUserId: (userId) => session._setUserId(userId),
    unblock,
    connection: session.connectionHandle,
    randomSeed: message.randomSeed || null,
    fence,
  });
  const run = () => handler.apply(invocation, message.params || []);
  return new Promise((resolve) => {
    resolve(
      currentWriteFence.withValue(fence, () => DDP._CurrentMethodInvocation.withValue(invocation, run)),
    );
  });
}

module.exports = { protocolHandlers };

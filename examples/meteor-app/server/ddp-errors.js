'use strict';

/** An error that may be shown to the client: `code` is a number or a word. */
class ClientError extends Error {
  constructor(code, reason) {
    super(`${reason} [${code}]`);
    this.error = code;
    this.reason = reason;
  }
}

function methodNotFound(name, kind = 'Method') {
  return new ClientError(404, `${kind} '${name}' not found`);
}

/** The error as a DDP message carries it; what was not meant for the client is logged and hidden. */
function toWire(error, where) {
  if (!(error instanceof ClientError)) {
    console.error(`Exception in ${where}:`, error);
    return toWire(new ClientError(500, 'Internal server error'));
  }
  const { error: code, reason, message } = error;
  return { isClientSafe: true, error: code, reason, message, errorType: 'Meteor.Error' };
}

module.exports = { ClientError, methodNotFound, toWire };

'use strict';

/** An error for the client. Its fields and their order are what DDP sends. */
class MeteorError extends Error {
  constructor(error, reason, details) {
    super();
    this.isClientSafe = true;
    this.error = error;
    this.reason = reason;
    this.details = details;
    this.message = reason ? `${reason} [${error}]` : `[${error}]`;
    this.errorType = 'Meteor.Error';
  }

  clone() {
    return new MeteorError(this.error, this.reason, this.details);
  }
}

/** What is thrown at arguments of another type; of it the client hears only that. */
class MatchError extends Error {
  constructor() {
    super('Match error');
    this.sanitizedError = new MeteorError(400, 'Match failed');
  }
}

/** What the client may know of an error; one that was not meant for it is logged, with where it came from. */
function wrapInternalException(exception, context) {
  if (!exception) return exception;
  if (exception.isClientSafe) return clientSafe(exception);
  console.error(`Exception ${context}`, exception.stack);
  const { sanitizedError } = exception;
  if (sanitizedError && sanitizedError.isClientSafe) return sanitizedError;
  return new MeteorError(500, 'Internal server error');
}

// Packages may mark errors of their own as safe.
function clientSafe(exception) {
  if (exception instanceof MeteorError) return exception;
  const error = new MeteorError(exception.error, exception.reason, exception.details);
  error.message = exception.message;
  return error;
}

module.exports = { MatchError, MeteorError, wrapInternalException };

'use strict';

/** The URL of a request, or null when its target is none (`OPTIONS *`, say). */
function requestUrl(req) {
  try {
    return new URL(`http://localhost${req.url}`);
  } catch {
    return null;
  }
}

module.exports = { requestUrl };

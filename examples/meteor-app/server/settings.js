'use strict';
const crypto = require('crypto');

// Read once, when this module loads: a manager may take the variable away after the app listens.
const text = process.env.METEOR_SETTINGS || '';
const values = parse(text);

function parse(json) {
  if (!json) return { public: {} };
  let parsed;
  try {
    parsed = JSON.parse(json);
  } catch {
    throw new Error('METEOR_SETTINGS are not valid JSON.');
  }
  return { ...parsed, public: parsed.public || {} };
}

/** Length in characters and digest of the settings at boot: they show whether every byte arrived. */
function fingerprint() {
  return {
    length: text.length,
    sha256: crypto.createHash('sha256').update(text).digest('hex'),
    public: values.public,
    stillInEnv: process.env.METEOR_SETTINGS !== undefined,
  };
}

/** ROOT_URL, and the path prefix in it ('' or '/name', without a slash at the end). */
function rootUrl() {
  const href = process.env.ROOT_URL;
  if (!href) throw new Error('Must pass options.rootUrl or set ROOT_URL in the server environment');
  let url;
  try {
    url = new URL(href);
  } catch {
    throw new Error(`Invalid ROOT_URL: ${href}`);
  }
  return { href: href.endsWith('/') ? href : `${href}/`, pathPrefix: url.pathname.replace(/\/+$/, '') };
}

module.exports = { values, fingerprint, rootUrl };

'use strict';

/**
 * The address of a client behind HTTP_FORWARDED_COUNT trusted proxies. Since Meteor 3.2.2 the header must
 * hold exactly that many entries; METEOR_FORWARDED_RULE=old gives the rule before (at least that many).
 */
function clientAddress(remoteAddress, headers, env = process.env) {
  const count = Number.parseInt(env.HTTP_FORWARDED_COUNT || '', 10) || 0;
  if (count === 0) return remoteAddress || null;
  const header = headers['x-forwarded-for'];
  if (typeof header !== 'string') return null;
  const entries = header.trim().split(/\s*,\s*/);
  const fits = env.METEOR_FORWARDED_RULE === 'old' ? entries.length >= count : entries.length === count;
  return count > 0 && fits ? entries[entries.length - count] : null;
}

module.exports = { clientAddress };

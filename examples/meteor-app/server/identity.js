'use strict';

/** What tells one worker from another; read at each call because the leader may change. */
function identity(release) {
  return () => {
    const radiant = process.radiant;
    return {
      pid: process.pid,
      slot: process.env.RADIANT_SLOT || null,
      leader: radiant ? Boolean(radiant.leader) : process.env.RADIANT_LEADER === '1',
      release,
      node: process.version,
    };
  };
}

module.exports = { identity };

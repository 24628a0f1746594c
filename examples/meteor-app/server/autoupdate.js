'use strict';
const crypto = require('crypto');

/**
 * The client versions of each program and the runtime configuration that pages carry. A version covers the
 * manifest and the configuration, so a change of public settings alone is a new version.
 */
function createAutoupdate({ programs, settings, rootUrl }) {
  const runtimeConfig = {
    meteorRelease: programs.meteorRelease,
    gitCommitHash: programs.gitCommitHash,
    ROOT_URL: rootUrl.href,
    ROOT_URL_PATH_PREFIX: rootUrl.pathPrefix,
    PUBLIC_SETTINGS: settings.values.public,
    ...(process.env.DISABLE_SOCKJS ? { DISABLE_SOCKJS: process.env.DISABLE_SOCKJS } : {}),
  };
  const state = { versions: {}, runtimeConfig, watchers: new Set() };
  const refresh = () => {
    for (const client of Object.values(programs.clients)) {
      state.versions[client.arch] = versionsOf(client, runtimeConfig);
    }
    for (const watcher of state.watchers) watcher(state.versions);
  };
  refresh();
  // Not a stop and not a reload of the process: SIGHUP only looks at the client versions again.
  process.on('SIGHUP', () => {
    refresh();
    console.log('autoupdate: client versions refreshed');
  });
  return state;
}

function versionsOf(client, runtimeConfig) {
  const fixed = process.env.AUTOUPDATE_VERSION;
  const digest = (filter) => {
    if (fixed) return fixed;
    const hash = crypto.createHash('sha1').update(JSON.stringify(runtimeConfig));
    for (const { path, hash: fileHash, type } of client.manifest) {
      if (filter(type)) hash.update(path).update(fileHash);
    }
    return hash.digest('hex');
  };
  return {
    version: digest(() => true),
    versionRefreshable: digest((type) => type === 'css'),
    versionNonRefreshable: digest((type) => type !== 'css'),
    versionReplaceable: digest((type) => type === 'dynamic js'),
  };
}

module.exports = { createAutoupdate };

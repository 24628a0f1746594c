// oxlint-disable no-underscore-dangle -- Meteor's own names
/* The page itself: who answers, over what, and a counter that shows the publication is alive. */
function show(id, text) {
  document.getElementById(id).textContent = text;
}

(function () {
  const config = window.__meteor_runtime_config__;
  const query = new URLSearchParams(location.search);

  show('release', window.__example_release__);
  show('version', config.autoupdate.versions[config.arch].version.slice(0, 10));

  const connection = new window.ExampleDdp.Connection({
    prefix: config.ROOT_URL_PATH_PREFIX,
    transport: query.get('transport'),
    disableSockjs: config.DISABLE_SOCKJS,
    onStatus: showStatus,
    onDocument: showDocument,
  });
  connection.subscribe('meteor_autoupdate_clientVersions');
  connection.subscribe('counter');
  // For tests that drive a browser.
  window.exampleConnection = connection;

  function showStatus(status) {
    document.body.dataset.status = status.name;
    const wait = status.delay > 1000 ? ` (next try in ${Math.round(status.delay / 1000)} s)` : '';
    show('status', status.name + wait);
    show('transport', status.transport || '–');
    show('session', status.session || '–');
    // Through a timer: the first status comes while the connection is still being made.
    if (status.name === 'connected') setTimeout(askWho, 0);
  }

  async function askWho() {
    const who = await connection.call('whoami');
    show('pid', who.pid);
    show('slot', who.slot || 'none');
    show('leader', who.leader ? 'yes' : 'no');
    show('node', who.node);
    show('address', who.clientAddress || 'unknown');
  }

  function showDocument(collection, id, fields) {
    if (collection === 'counters' && fields) show('count', fields.count);
    if (collection === 'meteor_autoupdate_clientVersions' && id === config.arch && fields)
      checkVersion(fields);
  }

  // Newer or older makes no difference: a server with other code wants a page with other code.
  function checkVersion(versions) {
    const mine = config.autoupdate.versions[config.arch];
    if (versions.versionNonRefreshable && versions.versionNonRefreshable !== mine.versionNonRefreshable) {
      location.reload();
    }
  }

  document.getElementById('call').addEventListener('click', async () => {
    const started = performance.now();
    await connection.call('echo', 'hello');
    show('latency', `${(performance.now() - started).toFixed(1)} ms`);
  });

  document.getElementById('late').addEventListener('click', async () => {
    const url = `${config.ROOT_URL_PATH_PREFIX}/__meteor__/dynamic-import/fetch`;
    const response = await fetch(url, { method: 'POST', body: JSON.stringify({ 'late.js': 1 }) });
    const source = (await response.json())['late.js'];
    if (!source) return show('latency', 'another release: no such module');
    const module = await import(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
    return show('latency', module.greeting);
  });
})();

'use strict';
const { sendText } = require('./respond.js');

/** The one page: every path that is nothing else answers with it. */
function createPage({ programs, autoupdate, rootUrl }) {
  return function servePage(req, res) {
    const old = /MSIE |Trident\//.test(req.headers['user-agent'] || '');
    const client = programs.clients[old ? 'web.browser.legacy' : 'web.browser'];
    const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-cache' };
    sendText(req, res, 200, headers, render(client, autoupdate, rootUrl.pathPrefix));
  };
}

function render(client, autoupdate, prefix) {
  const config = {
    ...autoupdate.runtimeConfig,
    autoupdate: { versions: autoupdate.versions },
    arch: client.arch,
  };
  const encoded = encodeURIComponent(JSON.stringify(config)).replace(/'/g, '%27');
  const of = (type) => client.manifest.filter((entry) => entry.type === type);
  const css = of('css').map(
    ({ url }) => `<link rel="stylesheet" type="text/css" class="__meteor-css__" href="${prefix}${url}">`,
  );
  const js = of('js').map(({ url }) => `<script type="text/javascript" src="${prefix}${url}"></script>`);
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Radiant example</title>
<link rel="icon" type="image/svg+xml" href="${prefix}/radiant.svg">
${css.join('\n')}
</head>
<body>
${client.body.split('__PREFIX__').join(prefix)}
<script type="text/javascript">__meteor_runtime_config__ = JSON.parse(decodeURIComponent('${encoded}'))</script>
${js.join('\n')}
</body>
</html>
`;
}

module.exports = { createPage };

'use strict';
const settings = require('./settings.js');
const { loadPrograms } = require('./programs.js');
const { createAutoupdate } = require('./autoupdate.js');
const { createDdpServer } = require('./ddp-server.js');
const { createMethods } = require('./methods.js');
const { createPublications } = require('./publications.js');
const { createHttpRoutes } = require('./http-routes.js');
const { createWeb } = require('./web.js');
const { installSockets } = require('./sockets.js');
const { identity } = require('./identity.js');
const { clientAddress } = require('./client-address.js');
const { listen } = require('./listen.js');
const { startUws } = require('./uws.js');

/** Puts the server together in the order of a Meteor start: settings, web, sockets, methods, then listen. */
async function main() {
  const rootUrl = settings.rootUrl();
  const programs = loadPrograms();
  const autoupdate = createAutoupdate({ programs, settings, rootUrl });

  const ddp = createDdpServer(settings.values.example);
  const who = identity(programs.release);
  const routes = createHttpRoutes({
    identity: who,
    settings,
    clientAddress: (req) => clientAddress(req.socket.remoteAddress, req.headers),
  });
  const web = createWeb({ rootUrl, programs, autoupdate, settings, routes });
  installSockets(web.server, { pathPrefix: rootUrl.pathPrefix, accept: (socket) => ddp.accept(socket) });
  web.adjustTimeouts();

  Object.assign(ddp.method_handlers, createMethods({ identity: who, settings }));
  Object.assign(ddp.publish_handlers, createPublications({ autoupdate }));

  // The names under which a real server keeps these; managers look at the sessions when they drain.
  global.Package = {
    meteor: {
      Meteor: { isServer: true, release: programs.meteorRelease, settings: settings.values, server: ddp },
    },
    webapp: { WebApp: { httpServer: web.server } },
  };

  await startUws(settings.values);
  listen(web.server);
  watchParent();
}

/** METEOR_PARENT_PID: the server goes when its parent is gone. */
function watchParent() {
  const pid = Number.parseInt(process.env.METEOR_PARENT_PID || '', 10);
  if (!pid) return;
  setInterval(() => {
    try {
      process.kill(pid, 0);
    } catch {
      console.error('Parent process is gone! Exiting.');
      process.exit(1);
    }
  }, 3000);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

'use strict';
const settings = require('./settings.js');
const { loadPrograms } = require('./programs.js');
const { createAutoupdate } = require('./autoupdate.js');
const { installAccounts } = require('./accounts/install.js');
const { Database } = require('./data/database.js');
const { createPackages } = require('./ddp/packages.js');
const { publicationStrategies } = require('./ddp/publication-strategies.js');
const { createServer } = require('./ddp/resumable-server.js');
const { StreamServer } = require('./ddp/stream-server.js');
const { createMethods } = require('./methods.js');
const { noteHooks } = require('./hooks.js');
const { createHabits, publishAnnouncement } = require('./habits.js');
const { createNotes, setStrategies } = require('./notes.js');
const { createPublications } = require('./publications.js');
const { createHttpRoutes } = require('./http-routes.js');
const { createWeb } = require('./web.js');
const { identity } = require('./identity.js');
const { clientAddress } = require('./client-address.js');
const { listen } = require('./listen.js');
const { startUws } = require('./uws.js');

/** Puts the server together in the order of a Meteor start: settings, web, sockets, methods, then listen. */
async function main() {
  const rootUrl = settings.rootUrl();
  const programs = loadPrograms();
  const autoupdate = createAutoupdate({ programs, settings, rootUrl });

  const who = identity(programs.release);
  const routes = createHttpRoutes({
    identity: who,
    settings,
    clientAddress: (req) => clientAddress(req.socket.remoteAddress, req.headers),
  });
  const web = createWeb({ rootUrl, programs, autoupdate, settings, routes });
  const server = createServer(settings.values.example, new StreamServer(web.server, rootUrl.pathPrefix));
  web.adjustTimeouts();

  server.methods(createMethods({ identity: who, settings }));
  server.publish(createPublications({ autoupdate }));
  const accounts = installData(server);

  // The names under which a real server keeps these; managers look at the sessions when they drain.
  const { meteorRelease: release } = programs;
  global.Package = createPackages({ server, httpServer: web.server, release, settings: settings.values });
  global.Package['accounts-base'] = { Accounts: accounts };
  global.Package.meteor.Meteor.users = accounts.users;

  await startUws(settings.values);
  listen(web.server);
  watchParent();
}

/** EXAMPLE_DATABASE names the file that stands for the database; without it each worker has data of its own. */
function installData(server) {
  const database = new Database(process.env.EXAMPLE_DATABASE);
  const accounts = installAccounts(server, database.collection('users'));
  setStrategies(server, publicationStrategies);
  noteHooks(server, accounts);
  for (const { methods, publications } of [createNotes(database), createHabits()]) {
    server.methods(methods);
    server.publish(publications);
  }
  publishAnnouncement(server, settings.values.example);
  return accounts;
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

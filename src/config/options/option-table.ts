import { kinds } from './kinds.ts';
import { option, type Option } from './option.ts';
import { tlsOptions } from './tls-options.ts';

/**
 * The options of an app. This table is the only place that knows them: flags, environment names, the configuration
 * file's schema and types, help and docs/reference.md follow from it.
 */
export const options = {
  app: option(kinds.file, {
    summary:
      'What to run: a bundle folder, the .tar.gz of `meteor build`, a script (its ending may be left out), or a folder as Node starts it',
    default: '.',
    path: true,
    only: ['argument', 'file', 'environment'],
  }),
  config: option(kinds.file, {
    summary: 'The configuration file',
    otherwise: 'radiant.config.ts, .js or .json in the current folder',
    short: 'c',
    path: true,
    only: ['flag', 'environment'],
  }),
  name: option(kinds.name, {
    summary: 'The name of the running app; it is part of the sockets and of the cookie',
    otherwise: "the name in the app's package.json, or the name of its folder",
    short: 'n',
  }),
  port: option(kinds.port, {
    summary: 'The public port, and the PORT that the app is told',
    default: '3000',
    also: ['PORT'],
    short: 'p',
  }),
  host: option(kinds.host, {
    summary: 'The public address; `*` is all interfaces, IPv4 and IPv6',
    default: '*',
    also: ['BIND_IP'],
  }),
  listen: option(kinds.listen, {
    summary:
      'Public addresses instead of host and port: `host:port`, `[::]:port`, `:port`, a socket path, or `none`',
    otherwise: 'host and port',
    multiple: true,
  }),
  ...tlsOptions,
  workers: option(kinds.workers, {
    summary:
      'How many workers; `auto` is one for each core, and at most one for each 256 MB; with a range (or `{ min, max, target, cooldown }`) the number ' +
      'follows the load',
    default: 'auto',
    also: ['CLUSTER_WORKERS_COUNT'],
    short: 'w',
  }),
  spare: option(kinds.spares, {
    summary:
      'So many workers more that have started and wait without clients: they take the place of one that ends',
    default: '0',
  }),
  maxMemory: option(kinds.memory, {
    summary:
      'How much memory a worker may use (its RSS) before another one takes its place; a share such as `80%` is of the ' +
      "machine's memory, or its control group's, divided among all workers",

    otherwise: 'no limit',
  }),
  settings: option(kinds.file, {
    summary: 'A JSON file that becomes METEOR_SETTINGS',
    otherwise: 'no settings',
    short: 's',
    path: true,
  }),
  env: option(kinds.variables, {
    summary: "Environment of the app; `{slot}` is the worker's number, `{9464+slot}` a sum with it",
    otherwise: "Radiant's own environment",
    only: ['file'],
  }),
  envFile: option(kinds.file, {
    summary:
      'A file of variables for the app, as they are written (`{slot}` too); those that Radiant honours count here as well',
    otherwise: 'no file',
    path: true,
  }),
  cwd: option(kinds.folder, {
    summary: 'The folder that workers run in',
    otherwise: "that of the nearest package.json at or above the script; a Meteor bundle's is its own",
    path: true,
  }),
  rootUrl: option(kinds.url, {
    summary: "The app's public URL; its path is the prefix of all routes",
    otherwise: 'for Meteor apps http://localhost with the port',
    also: ['ROOT_URL'],
  }),
  affinity: option(kinds.affinity, {
    summary: 'What must reach the same worker: all requests of a client, only sessions, or nothing',
    default: 'client',
  }),
  handOver: option(kinds.onOrOff, {
    summary:
      "Whether a worker that empties hands its clients' live sessions over to others; with `false` they are told to reconnect",
    default: 'true',
  }),
  proxies: option(kinds.proxies, {
    summary: 'Trusted proxies in front of Radiant: so many entries of X-Forwarded-For count',
    default: '0',
    also: ['HTTP_FORWARDED_COUNT'],
  }),
  proxiesFrom: option(kinds.networks, {
    summary:
      'Trusted proxies by their addresses, however many stand in a row: the farthest one that they name is the client',
    otherwise: 'counted by proxies',
    multiple: true,
  }),
  proxyProtocol: option(kinds.networks, {
    summary:
      'Balancers that begin each connection with a PROXY header (version 1 or 2); others are not believed it',
    otherwise: 'nobody',
    multiple: true,
  }),
  headTimeout: option(kinds.duration, {
    summary:
      "How long a client may take to send the head of a request; 0 is what the app's Node does by itself",
    default: '60s',
  }),
  requestTimeout: option(kinds.duration, {
    summary:
      "How long a client may take to send a whole request, or to take its answer, and a second more for each 500 bytes; 0 is what the app's Node does by itself",
    default: '300s',
  }),
  maxHead: option(kinds.size, {
    summary: 'How large the head of a request may be; larger ones get 431',
    otherwise: "as the app's Node has it, 16 KB",
  }),
  maxBody: option(kinds.size, {
    summary: 'How large the body of a request may be; larger ones get 413',
    otherwise: 'left to the app',
  }),
  connectionsPerAddress: option(kinds.perAddress, {
    summary:
      'How many connections a client address (IPv6: its /64) may have open at a time; more are closed at once',
    otherwise: 'no limit',
  }),
  requestsPerAddress: option(kinds.perAddress, {
    summary:
      'How many requests a second a client address (IPv6: its /64) may make in the long run; more get 429',
    otherwise: 'no limit',
  }),
  node: option(kinds.node, {
    summary: "The app's Node: what the bundle asks for, the one on PATH, a version, or a binary",
    default: 'bundle',
  }),
  admin: option(kinds.admin, {
    summary:
      'Where the page for operators is: a port of 127.0.0.1, an address, or in the file `{ port, host, token }`',
    otherwise: 'no page, and no port',
  }),
  agentCheck: option(kinds.local, {
    summary:
      "Where HAProxy's agent checks are answered, so that its weights follow the workers' event loops: a port of " +
      '127.0.0.1, or an address',
    otherwise: 'no port',
  }),
  detach: option(kinds.flag, {
    summary: 'Return as soon as the app is ready, and leave it running',
    default: 'false',
    short: 'd',
  }),
  socketBase: option(kinds.file, {
    summary: "Place of the workers' sockets: `BASE.1.sock`, `BASE.2.sock`, …",
    otherwise: "the app's run folder",
    also: ['UNIX_SOCKET_PATH'],
    path: true,
  }),
  socketMode: option(kinds.mode, {
    summary: "Mode of the workers' sockets; 660 lets their owner and group connect, and nobody else",
    default: '660',
    also: ['UNIX_SOCKET_PERMISSIONS'],
  }),
  socketGroup: option(kinds.account, {
    summary: "Group of the workers' sockets, such as that of nginx",
    otherwise: "the workers' group",
    also: ['UNIX_SOCKET_GROUP'],
  }),
  user: option(kinds.account, {
    summary: 'The user that workers and `npm install` run as, when Radiant is root',
    otherwise: 'the user who starts Radiant',
  }),
  group: option(kinds.account, {
    summary: 'The group that workers and `npm install` run as, when Radiant is root',
    otherwise: "the user's group",
  }),
  static: option(kinds.folders, {
    summary: 'Folders that Radiant serves itself, by URL path; for a Meteor app its manifest says more',
    otherwise: 'what a Meteor bundle names',
    only: ['file'],
  }),
  noStatic: option(kinds.flag, {
    summary: 'Leave all static files to the app',
    default: 'false',
  }),
  healthPath: option(kinds.urlPath, {
    summary: 'The path that must answer below 500, three times in a row, before a worker is ready',
    default: '/',
  }),
  waitReady: option(kinds.flag, {
    summary: "A worker is ready no earlier than its app has called `process.send('ready')`",
    default: 'false',
  }),
  keepReleases: option(kinds.releases, {
    summary: 'How many releases are kept to go back to',
    default: '5',
  }),
  logSize: option(kinds.size, {
    summary: "How large a worker's log may become before a new one is begun",
    default: '10MB',
  }),
  logKeep: option(kinds.oldLogs, {
    summary: 'How many old logs of each worker are kept, compressed',
    default: '14',
  }),
  logAge: option(kinds.age, {
    summary: "How old a worker's log may become before a new one is begun",
    default: '1d',
  }),
  startTimeout: option(kinds.duration, {
    summary: 'How long a worker may take until it is ready',
    default: '60s',
  }),
  deployTimeout: option(kinds.duration, {
    summary: 'How long a worker of a new release may take until it is ready',
    default: '60s',
  }),
  drainTimeout: option(kinds.duration, {
    summary: 'How long a worker that is replaced may take to finish what it has',
    default: '60s',
  }),
  watch: option(kinds.duration, {
    summary: 'How long a new release is watched, and left again if it does clearly worse; 0 watches nothing',
    default: '60s',
  }),
  alerts: option(kinds.alerts, {
    summary:
      'Whom to tell of crash loops, hangs, workers above `maxMemory`, releases that were left by themselves, and a load that asks for more workers ' +
      'than there may be, at most one message of a kind in each `every` (5 minutes): a webhook such as Slack has them, and a command, run by `/bin/sh` in the folder of the ' +
      'configuration file with the message as JSON in its standard input',
    otherwise: 'nobody',
    only: ['file'],
  }),
  alertsWebhook: option(kinds.webhook, {
    summary: 'The webhook of `alerts`, where it is not to be read in a file',
    otherwise: 'the one in `alerts`',
    secret: true,
    only: ['environment'],
  }),
  heapSnapshots: option(kinds.snapshots, {
    summary: 'How many heap snapshots of workers near their heap limit are kept; 0 has none written',
    default: '0',
  }),
  hangTimeout: option(kinds.patience, {
    summary: "How long a worker's event loop may stand still before the worker is replaced; 0 is for ever",
    default: '30s',
  }),
  queueTimeout: option(kinds.duration, {
    summary: 'How long connections wait without any worker before they are answered with 503',
    default: '10s',
  }),
  stopSignal: option(kinds.stopSignal, {
    summary:
      "How a worker that has nothing left to do is asked to end: a signal, or `message` for the message 'shutdown'",
    default: 'SIGTERM',
  }),
  killTimeout: option(kinds.duration, {
    summary: 'How long a worker may take to stop before it is killed',
    default: '10s',
    also: ['METEOR_SIGTERM_GRACE_PERIOD_SECONDS'],
  }),
  keepChildren: option(kinds.flag, {
    summary:
      'Leave running what a worker that has ended has started in its process group; else it is told to end, and killed after `killTimeout`',
    default: 'false',
  }),
} as const satisfies Record<string, Option>;

import { toName } from '../config/values/name.ts';
import {
  becomes,
  impossible,
  impossibleIfSet,
  isObject,
  textOf,
  unneeded,
  type Outcome,
  type Rules,
  type Surroundings,
} from './translation.ts';

/** The keys of mup.js (http://meteor-up.com/docs) and of mup.json, its forerunner's. */

const onTheServer =
  'Radiant runs on the server itself: copy the bundle there (rsync, scp), then `radiant deploy` over ssh';
const noContainer =
  'the app runs on the machine itself, not in a container; to keep one, see `radiant export docker`';
const byNginx = 'a limit of nginx; `radiant export nginx` has one that suits uploads';
const ownNode = 'Radiant finds or fetches the Node that the bundle asks for';
const mobile = 'mobile apps are built where they were before';

/** `meteor build --directory X` leaves the bundle in `X/bundle`. */
function source(value: unknown, { path }: Surroundings): Outcome {
  const app = path('bundle');
  const from = path(textOf(value));
  return {
    taken: `app: '${app}': run \`meteor build --server-only --directory OUT\` in ${from}, OUT being the folder of this file`,
    options: { app },
  };
}

const environment = (value: unknown): Outcome =>
  isObject(value) ? { taken: '', variables: value } : { impossible: 'its variables cannot be told' };

function portNumber(value: unknown): number | undefined {
  const port = Number(value);
  return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : undefined;
}

/** `{ '/on/the/machine': '/in/the/container' }`, and what the app is told is the second one. */
function volumes(value: unknown): Outcome {
  const moved = Object.entries(isObject(value) ? value : {}).filter(([host, inside]) => host !== inside);
  if (moved.length === 0) return { unneeded: 'the app sees all folders of the machine' };
  const pairs = moved.map(([host, inside]) => `${host} where it said ${textOf(inside)}`);
  return {
    impossible: `the app sees the folders of the machine themselves: in its variables and settings write ${pairs.join(', ')}`,
  };
}

/** Meteor Up waits 15 s before it begins to count. */
const patience = becomes('deployTimeout', (value) => {
  const seconds = Number(value);
  return Number.isFinite(seconds) && seconds > 0 ? `${seconds + 15}s` : undefined;
});

/** Meteor Up's nginx is replaced by another one, unless Radiant has the certificate itself. */
function domains(value: unknown, { entry }: Surroundings): Outcome {
  if (certificateIn(isObject(entry.proxy) ? entry.proxy.ssl : undefined) !== undefined) {
    return { unneeded: 'Radiant answers whatever host name leads to it' };
  }
  return {
    taken: `proxies: 1, for the nginx in front: \`radiant export nginx --server-name ${textOf(value).replaceAll(/\s/g, '')}\` writes its file`,
    options: { proxies: 1 },
  };
}

function certificateIn(value: unknown): { cert: string; key: string } | undefined {
  if (!isObject(value) || typeof value.crt !== 'string' || typeof value.key !== 'string') return undefined;
  return { cert: value.crt, key: value.key };
}

/** A certificate of one's own: Radiant serves HTTPS with it. */
function ssl(value: unknown, { path, entry }: Surroundings): Outcome {
  const pair = certificateIn(value);
  if (pair === undefined) return { impossible: ownCertificate(value, entry.proxy) };
  const tls = { cert: path(pair.cert), key: path(pair.key) };
  const force = isObject(value) && value.forceSSL === true;
  return {
    taken: `tls, listen: ':443'${force ? ", redirect: ':80'" : ''}`,
    options: { tls, listen: [':443'], ...(force && { redirect: [':80'] }) },
  };
}

/** Nobody but the user can agree to an authority's terms of service, so this is for the user to write. */
function ownCertificate(value: unknown, proxy: unknown): string {
  const said = isObject(value) ? value : {};
  // Meteor Up said it in `ssl.autogenerate` before it had a proxy.
  const automatic = isObject(said.autogenerate) ? said.autogenerate : {};
  const names = textOf(isObject(proxy) ? proxy.domains : automatic.domains).split(',');
  const quoted = names.flatMap((name) => (name.trim() === '' ? [] : `'${name.trim()}'`)).join(', ') || '…';
  const email = textOf(said.letsEncryptEmail ?? automatic.email);
  const to = email === '' ? '' : ` email: '${email}',`;
  return (
    `Radiant gets the certificate itself, by \`tls: { acme: { domains: [${quoted}],${to} agreeTos: true } }\`, ` +
    "`listen: [':443']` and `redirect: [':80']`, without `proxies`; or an nginx in front has one: " +
    '`radiant export nginx --tls-cert … --tls-key …`'
  );
}

/** With a proxy it is where that finds the container. */
function bind(value: unknown, { entry }: Surroundings): Outcome {
  if (entry.proxy !== undefined) return { unneeded: 'it said where the proxy found the container' };
  return { taken: `host: '${textOf(value)}'`, options: { host: textOf(value) } };
}

const app: Rules = {
  name: becomes('name', (value) => toName(textOf(value)) || undefined),
  path: source,
  type: (value) =>
    value === undefined || value === 'meteor'
      ? { unneeded: 'Radiant sees what a bundle is' }
      : {
          impossible: `${textOf(value)} is a plugin's: what it did on a cloud is done there, or by a script`,
        },
  servers: impossible(
    'each server has a radiant.config.ts of its own: what `env` says for one of them belongs in that',
  ),
  env: environment,
  port: becomes('port', portNumber),
  volumes,
  dockerImage: unneeded(ownNode),
  'docker.image': unneeded(ownNode),
  'docker.imagePort': unneeded('there is no container between the port and the app'),
  'docker.port': unneeded('there is no container between the port and the app'),
  'docker.imageFrontendServer': unneeded('Radiant serves HTTPS itself, or an nginx in front does'),
  'docker.bind': bind,
  'docker.args': impossibleIfSet(noContainer),
  'docker.networks': impossibleIfSet(noContainer),
  'docker.prepareBundle': unneeded(
    'a release is complete, packages included, before its first worker starts',
  ),
  'docker.useBuildKit': unneeded('no image is built'),
  'docker.buildInstructions': impossibleIfSet('install these packages on the machine itself'),
  'docker.stopAppDuringPrepareBundle': unneeded('the app is never stopped for a deploy'),
  'docker.*': impossibleIfSet(noContainer),
  'buildOptions.serverOnly': unneeded('`meteor build --server-only` says it'),
  'buildOptions.debug': impossibleIfSet('`meteor build --debug` says it'),
  'buildOptions.buildLocation': unneeded('`meteor build --directory` names the folder'),
  'buildOptions.mobileSettings': impossibleIfSet(mobile),
  'buildOptions.server': impossibleIfSet(mobile),
  'buildOptions.allowIncompatibleUpdates': impossibleIfSet(
    '`meteor build --allow-incompatible-update` says it',
  ),
  'buildOptions.executable': unneeded('you call it yourself'),
  'buildOptions.*': impossibleIfSet('it is an option of `meteor build`, which you call yourself'),
  log: impossibleIfSet("Radiant keeps the workers' output in its state folder: point your log shipper there"),
  ssl,
  nginx: unneeded(byNginx),
  deployCheckWaitTime: patience,
  deployCheckPort: unneeded('a worker is asked by its own socket, before it takes visitors'),
  enableUploadProgressBar: unneeded('nothing is uploaded'),
  gracefulShutdown: (value) =>
    value === true
      ? { taken: "killTimeout: '30s'", options: { killTimeout: '30s' } }
      : { unneeded: 'a worker always finishes what it has' },
};

const inside = (prefix: string): Rules =>
  Object.fromEntries(Object.entries(app).map(([key, rule]) => [`${prefix}.${key}`, rule]));

export const mup: Rules = {
  ...inside('app'),
  ...inside('meteor'),
  appName: becomes('name', (value) => toName(textOf(value)) || undefined),
  servers: impossible(onTheServer),
  'proxy.domains': domains,
  'proxy.ssl': ssl,
  'proxy.clientUploadLimit': unneeded(byNginx),
  'proxy.loadBalancing': impossibleIfSet(
    'several machines need an nginx or HAProxy in front that knows them all',
  ),
  'proxy.stickySessions': unneeded('clients find their worker by a cookie, and long polls by their session'),
  'proxy.servers': impossible(onTheServer),
  'proxy.nginxServerConfig': impossible('add these lines to the exported file'),
  'proxy.nginxLocationConfig': impossible('add these lines to the exported file'),
  'proxy.shared': impossible('it is for all sites of that nginx: write it there'),
  mongo: impossible(
    'Radiant starts no database: keep its container or install it, and name it in MONGO_URL (it was mongodb://mongodb:27017 and the name of the app)',
  ),
  swarm: impossible('Radiant runs on one machine; several of them are the concern of what stands in front'),
  hooks: impossible('a script around `radiant deploy` does it'),
  plugins: impossible('what a plugin did has to be done elsewhere'),
  privateDockerRegistry: unneeded('no image is built'),
  dockerPrivateRegistry: unneeded('no image is built'),
};

/** The forerunner's file has one app at its top. */
export const mupJson: Rules = {
  servers: impossible(onTheServer),
  appName: mup.appName!,
  app: source,
  env: environment,
  setupMongo: (value) =>
    value === false
      ? { unneeded: 'Radiant starts no database' }
      : mup.mongo!(value, { entry: {}, path: String }),
  setupNode: unneeded(ownNode),
  nodeVersion: unneeded(
    'Radiant finds or fetches the Node that the bundle asks for; the option node overrides it',
  ),
  setupPhantom: unneeded('it belonged to the package spiderable'),
  enableUploadProgressBar: unneeded('nothing is uploaded'),
  deployCheckWaitTime: patience,
  ssl: impossible('split the file into certificate and key, and name them in `tls: { cert, key }`'),
  buildOptions: impossibleIfSet('they are options of `meteor build`, which you call yourself'),
  docker: impossibleIfSet(noContainer),
};

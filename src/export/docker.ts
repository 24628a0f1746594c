import { posix } from 'node:path';
import type { Config } from '../config/types.ts';
import { lines, text } from './text.ts';

/** What an image is made of. */
export interface Image {
  /** The bundle's own Node (`20.18.0`); undefined for an app that runs on the one that Radiant needs. */
  bundleNode: string | undefined;
  /** The app's folder or file as seen from the folder of the Dockerfile. */
  app: string;
  /** What is started in it; empty for a bundle. */
  entry: string;
  /** What the configuration says besides, as flags of `radiant start`. */
  flags: readonly string[];
  radiant: string;
}

/** Radiant's own Node, and the folder where an image keeps the app. */
const ownNode = 24;
const home = '/srv/app';

/** A Dockerfile and a compose file. `docker build` reads the app from the folder that the Dockerfile is in. */
export function docker(config: Config, image: Image): Record<string, string> {
  return {
    Dockerfile: dockerfile(config, image),
    'compose.yaml': compose(config),
    '.dockerignore':
      '# Made by `radiant export docker`.\n.git\n**/.meteor/local\n*.tar.gz\nDockerfile\ncompose.yaml\n',
  };
}

function dockerfile(config: Config, image: Image): string {
  const { bundleNode, app, radiant } = image;
  const build =
    bundleNode === undefined
      ? [
          `FROM node:${ownNode}-bookworm AS build`,
          `WORKDIR ${home}`,
          copy(app),
          'RUN if [ -f package-lock.json ]; then npm ci --omit=dev; elif [ -f package.json ]; then npm install --omit=dev; fi',
        ]
      : [
          "# The bundle's packages, with its own Node: some are compiled for it.",
          `FROM node:${bundleNode}-bullseye AS build`,
          `WORKDIR ${home}`,
          copy(app),
          'RUN cd programs/server && npm install --omit=dev',
        ];
  const run = lines(
    `FROM node:${ownNode}-bookworm-slim`,
    '# Node as process 1 would not reap what others leave to it; tini does.',
    'RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/* \\',
    `  && npm install --global radiant@${radiant} \\`,
    '  && install -d -o node -g node /var/lib/radiant',
    bundleNode === undefined ? undefined : 'COPY --from=build /usr/local/bin/node /opt/bundle-node/bin/node',
    `COPY --from=build --chown=node:node ${home} ${home}`,
    `WORKDIR ${home}`,
    'USER node',
    'ENV RADIANT_HOME=/var/lib/radiant NODE_ENV=production',
    `EXPOSE ${config.port}`,
    `HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=3 CMD ["node", "-e", ${JSON.stringify(health(config))}]`,
    'STOPSIGNAL SIGTERM',
    'ENTRYPOINT ["/usr/bin/tini", "--"]',
    `CMD ${JSON.stringify(command(config, image))}`,
  );
  return text([`# ${config.name} in a container. Made by \`radiant export docker\`.`], build, run);
}

/** Only the JSON form takes a path with spaces; `$` begins a variable in either (https://docs.docker.com/reference/dockerfile/). */
function copy(app: string): string {
  const from = (app === '' ? '.' : app).replaceAll('$', String.raw`\$`);
  return /\s/.test(from) ? `COPY ${JSON.stringify([from, './'])}` : `COPY ${from} ./`;
}

/** Below 500 is well, as for Radiant itself. */
const health = ({ port, healthPath }: Config): string =>
  `fetch('http://127.0.0.1:${port}${healthPath}').then((r) => process.exit(r.status < 500 ? 0 : 1), () => process.exit(1))`;

function command({ name, port, proxies }: Config, { bundleNode, entry, flags }: Image): string[] {
  return [
    'radiant',
    'start',
    posix.join(home, entry),
    '--name',
    name,
    '--port',
    String(port),
    ...(proxies > 0 ? ['--proxies', String(proxies)] : []),
    ...flags,
    ...(bundleNode !== undefined ? ['--node', '/opt/bundle-node/bin/node'] : []),
  ];
}

function compose(config: Config): string {
  const { name, port, rootUrl, drainTimeout, killTimeout } = config;
  const grace = Math.ceil((drainTimeout + killTimeout) / 1000) + 10;
  return text([
    '# Made by `radiant export docker`.',
    'services:',
    `  ${name}:`,
    '    build: .',
    '    restart: unless-stopped',
    `    stop_grace_period: ${grace}s`,
    '    ports:',
    `      - "${port}:${port}"`,
    '    environment:',
    `      - ROOT_URL=\${ROOT_URL:-${rootUrl ?? `http://localhost:${port}`}}`,
    '      # As they are where compose runs, or in its .env file.',
    '      - MONGO_URL',
    '      - METEOR_SETTINGS',
    '    # `workers: auto` follows these limits.',
    '    # cpus: 4',
    '    # mem_limit: 4g',
    '    ulimits:',
    '      nofile: 65536',
    '    volumes:',
    `      - ${name}-state:/var/lib/radiant`,
    '',
    'volumes:',
    `  ${name}-state:`,
  ]);
}

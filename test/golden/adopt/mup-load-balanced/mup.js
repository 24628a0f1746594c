const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const secrets = JSON.parse(readFileSync(join(__dirname, 'secrets.json'), 'utf8'));

module.exports = {
  servers: {
    one: { host: '203.0.113.7', username: 'deploy', password: secrets.ssh, privateIp: '10.0.0.7' },
    two: {
      host: '203.0.113.8',
      username: 'deploy',
      password: secrets.ssh,
      privateIp: '10.0.0.8',
      opts: { port: 2222 },
    },
  },
  meteor: {
    name: 'Forum_2',
    path: '/home/dev/forum',
    volumes: { '/opt/images': '/images' },
    servers: { one: {}, two: { env: { PORT: 5000 } } },
    buildOptions: {
      serverOnly: true,
      debug: false,
      executable: 'meteor',
      mobileSettings: { public: { beta: true } },
    },
    docker: {
      image: 'abernix/meteord:node-12-base',
      args: ['--memory-reservation 200M'],
      bind: '127.0.0.1',
      networks: ['backend'],
      buildInstructions: ['RUN apt-get update && apt-get install -y imagemagick'],
      stopAppDuringPrepareBundle: false,
    },
    env: {
      PORT: 8000,
      ROOT_URL: 'https://forum.example.com/community',
      MONGO_URL: secrets.mongo,
      CLUSTER_WORKERS_COUNT: 'auto',
      CLUSTER_DISCOVERY_URL: secrets.mongo,
      CLUSTER_SERVICE: 'web',
    },
    log: { driver: 'syslog', opts: { 'syslog-address': 'udp://logs.example.com:1234' } },
    deployCheckPort: 80,
  },
  proxy: {
    domains: 'forum.example.com',
    loadBalancing: true,
    stickySessions: true,
    clientUploadLimit: '50M',
    nginxServerConfig: './nginx.conf',
    ssl: { crt: './bundle.crt', key: './private.pem' },
    shared: { httpPort: 80, env: { DEFAULT_HOST: 'forum.example.com' } },
  },
  swarm: { enabled: false },
  hooks: {
    'pre.deploy': { localCommand: 'npm prune --production' },
    'post.deploy'(api) {
      return api.runSSHCommand(api.getConfig().servers.one, 'date');
    },
  },
};

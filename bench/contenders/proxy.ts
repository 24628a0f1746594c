import { writeFile } from 'node:fs/promises';
import { availableParallelism, userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../test/support/radiant.ts';
import { noCookies, type Contender } from '../contender.ts';
import { hiddenWorkers } from './radiant.ts';

interface Layout {
  folder: string;
  port: number;
  sockets: string[];
}

interface Proxy {
  name: string;
  config(layout: Layout): string;
  args(file: string): string[];
}

const cores = availableParallelism();

/** Access log off, a pool of connections to the workers, WebSockets: as one would write it for speed. */
function nginxConfig({ folder, port, sockets }: Layout): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `daemon off;
worker_processes ${cores};
${process.getuid?.() === 0 ? `user ${userInfo().username};` : ''}
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 8192; }
http {
  access_log off;
  ${temporary.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join('\n  ')}
  map $http_upgrade $connection_header { default upgrade; '' ''; }
  upstream app {
    ${sockets.map((path) => `server unix:${path};`).join('\n    ')}
    keepalive 64;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    keepalive_requests 1000000;
    location / {
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_header;
      proxy_read_timeout 1h;
    }
  }
}
`;
}

function haproxyConfig({ port, sockets }: Layout): string {
  return `global
  nbthread ${cores}
  maxconn 8192
defaults
  mode http
  option forwardfor
  http-reuse always
  timeout connect 5s
  timeout client 1h
  timeout server 1h
  timeout tunnel 1h
frontend public
  bind 127.0.0.1:${port} backlog 4096
  default_backend app
backend app
  balance roundrobin
${sockets.map((path, i) => `  server w${i + 1} unix@${path}`).join('\n')}
`;
}

const behind = ({ name, config, args }: Proxy): Contender => ({
  name: `${name} before Radiant`,
  async start(site) {
    site.hidden ??= hiddenWorkers(site);
    const { pid: fleet, sockets } = await site.hidden;
    const [folder, port] = [await site.lab.folder(), await freePort()];
    const file = join(folder, `${name}.conf`);
    await writeFile(file, config({ folder, port, sockets }));
    // Debian keeps both programs where only root's PATH leads.
    const env = { PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` };
    const command = ['-c', `exec ${name} "$@"`, name, ...args(file)];
    const pid = await site.lab.start({ program: '/bin/sh', args: command, env, ready: { port } });
    return { ports: [port], roots: [pid, fleet], cookies: noCookies };
  },
});

export const nginx = behind({ name: 'nginx', config: nginxConfig, args: (file) => ['-c', file] });
export const haproxy = behind({
  name: 'haproxy',
  config: haproxyConfig,
  args: (file) => ['-db', '-f', file],
});

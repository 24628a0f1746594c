import { availableParallelism, userInfo } from 'node:os';

/** Where a proxy listens, where its files go, and the sockets of the workers behind it. */
export interface Layout {
  folder: string;
  port: number;
  sockets: string[];
}

export interface Proxy {
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

export const nginx: Proxy = { name: 'nginx', config: nginxConfig, args: (file) => ['-c', file] };
export const haproxy: Proxy = { name: 'haproxy', config: haproxyConfig, args: (file) => ['-db', '-f', file] };

/** Debian keeps both programs where only root's PATH leads. */
export const proxyPath = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;

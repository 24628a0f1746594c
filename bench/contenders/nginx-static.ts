import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as proxies from '../../test/support/proxies.ts';
import { freePort } from '../../test/support/radiant.ts';
import { noCookies, type App, type Contender } from '../contender.ts';

/** nginx-light knows no brotli: for that the file holds the compressed bytes, and the field is fixed. */
const directives: Record<NonNullable<App['files']>['coding'], string> = {
  br: 'add_header Content-Encoding br;',
  gzip: 'gzip_static on;',
  identity: '',
};

const config = (folder: string, own: string, port: number, coding: string): string => `
worker_processes 2;
daemon off;
user root;
pid ${own}/nginx.pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  types { application/javascript js; }
  client_body_temp_path ${own}/body; proxy_temp_path ${own}/proxy; fastcgi_temp_path ${own}/fastcgi;
  uwsgi_temp_path ${own}/uwsgi; scgi_temp_path ${own}/scgi;
  server {
    listen 127.0.0.1:${port};
    root ${folder};
    add_header Cache-Control "public, max-age=31536000";
    ${coding}
  }
}
`;

/** nginx with the same files, compressed beforehand. */
export const nginxStatic: Contender = {
  special: true,
  name: 'nginx, the same files',
  async start({ lab, app }) {
    if (app.files === undefined) throw new Error('this scenario has no files for nginx');
    const { folder, coding } = app.files;
    const [own, port] = [await lab.folder(), await freePort()];
    const file = join(own, 'nginx.conf');
    await writeFile(file, config(folder, own, port, directives[coding]));
    const env = { PATH: proxies.proxyPath };
    const command = ['-c', `exec nginx -c "$1"`, 'nginx', file];
    const pid = await lab.start({ program: '/bin/sh', args: command, env, ready: { port } });
    return { ports: [port], roots: [pid], cookies: noCookies };
  },
};
